"""What can be wrong with a buyer's file, with a target that uses it, or with one ask."""

from __future__ import annotations


class BuyerFileError(ValueError):
    """A buyer's file is refused. Says file, line and key, what is there, and what would be right.

    `line` counts from 1; None where no line of the file is at fault.
    """

    def __init__(
        self, file: str, place: str, problem: str, right: str, line: int | None = None
    ) -> None:
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {place}: {problem}; {right}")
        self.file = file
        self.line = line
        self.place = place
        self.problem = problem
        self.right = right


class BindError(ValueError):
    """A target does not fit its format. Says the target, the key, and what would be right."""

    def __init__(self, target: str, place: str, problem: str, right: str) -> None:
        super().__init__(f"target {target}: {place}: {problem}; {right}")
        self.target = target
        self.place = place
        self.problem = problem
        self.right = right


class TemplateError(ValueError):
    """A text with {placeholders}, or a path, is wrong; the loader adds the file and the place."""

    def __init__(self, problem: str, right: str) -> None:
        super().__init__(f"{problem}; {right}")
        self.problem = problem
        self.right = right


class Unmapped(Exception):
    """The format has no word for the value of `field`, or needs one that is missing.

    Then nothing is sent: better no ping than a wrong one. The value itself is not told.
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    @property
    def reason(self) -> str:
        """Return the code of market/reasons.py."""
        return f"unmapped:{self.field}"


class NoToken(Unmapped):
    """The buyer wants a token, and there is none that is good now."""

    def __init__(self) -> None:
        super().__init__("token")

    @property
    def reason(self) -> str:
        """Return the code of market/reasons.py."""
        return "no_token"
