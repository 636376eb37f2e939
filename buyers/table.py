"""A TOML table that is read key by key, and complains by place and line of what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NoReturn

from buyers.errors import BuyerFileError
from buyers.filters import Value
from buyers.lines import KeyPath, Origins, line_of

KINDS = {str: "a text", bool: "true or false", int: "a whole number", dict: "a table"}
NUMBER_MAX = 10**15  # A float is exact so far, and JSON can say it. No NaN, no infinity.


class Table:
    """Every key that is read is ticked off; `done` refuses the rest as misspelt."""

    def __init__(
        self,
        data: object,
        file: str,
        place: str = "",
        path: KeyPath = (),
        origins: Origins | None = None,
    ) -> None:
        self.file = file
        self.place = place
        self.path = path
        self.origins: Origins = origins or {}
        if not isinstance(data, dict):
            raise self._error(place, path, f"found {data!r}", "a table belongs here")
        self._data: dict[str, object] = data
        self._read: set[str] = set()

    def fail(self, key: str, problem: str, right: str) -> NoReturn:
        """Refuse the file because of `key`."""
        path = (*self.path, key)
        if path not in self.origins:
            path = (*self.path, *filter(None, key.split(".")))
        raise self._error(self.at(key), path, problem, right)

    def _error(self, place: str, path: KeyPath, problem: str, right: str) -> BuyerFileError:
        file, line = line_of(path, self.origins) or (self.file, None)
        return BuyerFileError(file, place, problem, right, line)

    def at(self, key: str) -> str:
        """Return the place of `key` in the file."""
        return ".".join(part for part in (self.place, key) if part)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def raw(self, key: str) -> object:
        """Return what stands at `key`, or None."""
        self._read.add(key)
        return self._data.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text at `key`; without a default it must be there."""
        value = self._typed(key, str, default)
        assert isinstance(value, str)
        return value

    def integer(self, key: str, default: int) -> int:
        """Return the whole number at `key`."""
        value = self._typed(key, int, default)
        assert isinstance(value, int)
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """Return the boolean at `key`."""
        return bool(self._typed(key, bool, default))

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """Return the text at `key`, which is one of `choices`."""
        value = self.text(key, default)
        if value not in choices:
            self.fail(key, f"found {value!r}", f"one of: {', '.join(choices)}")
        return value

    def items(self, key: str) -> list[object]:
        """Return the value or values at `key`; none when it is missing."""
        value = self.raw(key)
        return value if isinstance(value, list) else [] if value is None else [value]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the text or texts at `key`; none when it is missing."""
        values = self.items(key)
        if not all(isinstance(one, str) for one in values):
            self.fail(key, f"found {self.raw(key)!r}", "a text or a list of texts")
        return tuple(str(one) for one in values)

    def values(self, key: str) -> tuple[Value, ...]:
        """Return the constant or constants at `key`."""
        return tuple(self.constant(key, one) for one in self.items(key))

    def constant(self, key: str, value: object) -> Value:
        """Return `value`, refused unless it is a text, a number or a boolean."""
        if not isinstance(value, str | int | float):
            self.fail(key, f"found {value!r}", "a text, a number, true or false")
        if not isinstance(value, str) and not -NUMBER_MAX <= value <= NUMBER_MAX:
            self.fail(key, f"found {value!r}", "a number of at most 15 digits")
        return value

    def table(self, key: str) -> Table:
        """Return the table at `key`; an empty one when it is missing."""
        value = self.raw(key)
        return self._inner({} if value is None else value, key)

    def tables(self, key: str) -> list[Table]:
        """Return the tables at `key`, of which there may be none."""
        return [self._inner(one, key, n) for n, one in enumerate(self.items(key))]

    def mixed(self, key: str) -> list[str | Table]:
        """Return the texts and tables at `key`, of which there may be none."""
        is_list = isinstance(self.raw(key), list)
        return [
            one if isinstance(one, str) else self._inner(one, key, n if is_list else None)
            for n, one in enumerate(self.items(key))
        ]

    def each(self, key: str) -> list[object]:
        """Return the elements of the list at `key`; a table among them as a Table."""
        return [
            self._inner(one, key, n) if isinstance(one, dict) else one
            for n, one in enumerate(self.items(key))
        ]

    def _inner(self, value: object, key: str, number: int | None = None) -> Table:
        place, path = self.at(key), (*self.path, key)
        if number is not None:
            place, path = f"{place}[{number}]", (*path, number)
        return Table(value, self.file, place, path, self.origins)

    def done(self) -> None:
        """Refuse keys that nobody read: they are spelling mistakes."""
        for key in self._data:
            if key not in self._read:
                close = get_close_matches(key, sorted(self._read), n=1)
                hint = f"did you mean {close[0]!r}" if close else "remove it"
                right = f"{hint}; keys here are: {', '.join(sorted(self._read)) or 'none'}"
                self.fail(key, "no such key", right)

    def _typed(self, key: str, kind: type, default: Value | None) -> object:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if value is None:
            self.fail(key, "missing", f"{KINDS[kind]} belongs here")
        if type(value) is not kind:
            self.fail(key, f"found {value!r}", f"{KINDS[kind]} belongs here")
        return value
