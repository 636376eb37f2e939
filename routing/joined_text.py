"""How conditions are joined in a text, whatever they ask: and, or, not, brackets. Pure.

condition = term {"or" term}          `and` binds tighter than `or`
term      = part {"and" part}
part      = "not" part | "(" condition ")" | what the language asks
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

DEPTH_MOST = 20  # Brackets and nots inside each other. Nobody reads more.

Read = TypeVar("Read")


class JoinedReader(ABC, Generic[Read]):
    """Reads what is joined; a language says what a word is, what it asks, and what joins become."""

    @abstractmethod
    def takes(self, *wanted: str) -> bool:
        """Take the next words if they are `wanted`."""

    @abstractmethod
    def wrong(self, right: str) -> ValueError:
        """Return the error that the next word is not `right`."""

    @abstractmethod
    def asked(self) -> Read:
        """Read one part without joins."""

    @abstractmethod
    def any_of(self, parts: tuple[Read, ...]) -> Read:
        """Return what holds if one of `parts` does."""

    @abstractmethod
    def all_of(self, parts: tuple[Read, ...]) -> Read:
        """Return what holds if all `parts` do."""

    @abstractmethod
    def opposite(self, part: Read) -> Read:
        """Return what holds if `part` does not."""

    def condition(self, depth: int = 0) -> Read:
        """Read to where no join follows. Raises what `wrong` gives."""
        parts = [self._term(depth)]
        while self.takes("or"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else self.any_of(tuple(parts))

    def _term(self, depth: int) -> Read:
        parts = [self._part(depth)]
        while self.takes("and"):
            parts.append(self._part(depth))
        return parts[0] if len(parts) == 1 else self.all_of(tuple(parts))

    def _part(self, depth: int) -> Read:
        if depth > DEPTH_MOST:
            raise self.wrong(f"at most {DEPTH_MOST} brackets inside each other")
        if self.takes("not"):
            return self.opposite(self._part(depth + 1))
        if self.takes("("):
            inner = self.condition(depth + 1)
            if not self.takes(")"):
                raise self.wrong("and, or, or a closing bracket")
            return inner
        return self.asked()
