"""The calling hours that are in force: the operator's own table, or the one of this version."""

from __future__ import annotations

from pathlib import Path

from auctiond.start_error import StartError
from compliance.law.hours_file import SHIPPED, HoursError, read_law
from compliance.law.rules import Law


def law_of(path: Path | None) -> Law:
    """Return the table at `path`, or the one that comes with this version. Raises StartError."""
    try:
        return read_law((path or SHIPPED).read_text("utf-8"))
    except HoursError as error:
        raise StartError(f"{path or SHIPPED}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path}: the calling hours cannot be read: {error}") from None
