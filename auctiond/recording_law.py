"""The law of recording that is in force: the operator's own table, or the one of this version."""

from __future__ import annotations

from pathlib import Path

from auctiond.start_error import StartError
from compliance.law.recording import RecordingLaw
from compliance.law.recording_file import SHIPPED, RecordingLawError, read_recording_law


def recording_law_of(path: Path | None) -> RecordingLaw:
    """Return the table at `path`, or the one that comes with this version. Raises StartError."""
    try:
        return read_recording_law((path or SHIPPED).read_text("utf-8"))
    except RecordingLawError as error:
        raise StartError(f"{path or SHIPPED}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{path}: the law of recording cannot be read: {error}") from None
