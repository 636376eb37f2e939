"""An exception as a log may tell it: its type, our own frames, and no data. Pure."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from compliance.masking import mask, mask_quoted

ROOT = Path(__file__).resolve().parent.parent
OUR_FOLDERS = frozenset(
    (
        *("auctiond", "actors", "market"),
        *("buyers", "telephony", "routing", "compliance", "ledger", "billing"),
    )
)
FRAMES_MAX = 20  # The innermost. Deeper is a loop.
PARTS_MAX = 10  # Of an exception group, and of a chain of causes.
MESSAGE_CHARS_MAX = 300


def describe(error: BaseException) -> dict[str, Any]:
    """Return the error's type, masked message, our frames, and what it is made of."""
    told: dict[str, Any] = {"type": type(error).__qualname__, "message": _message(error)}
    frames = _our_frames(error)
    if frames:
        told["frames"] = frames
    if isinstance(error, BaseExceptionGroup):
        told["errors"] = [describe(part) for part in error.exceptions[:PARTS_MAX]]
    causes = _causes(error)
    if causes:
        told["causes"] = causes
    return told


def _message(error: BaseException) -> str:
    """A foreign message repeats what it was given, in quotes or in later lines: both go."""
    lines = str(error).splitlines() or [""]
    text = lines[0] if _is_ours(error) else mask_quoted(lines[0])
    return mask(text[:MESSAGE_CHARS_MAX].encode("utf-8", "replace").decode())


def _is_ours(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in OUR_FOLDERS


def _our_frames(error: BaseException) -> list[str]:
    frames = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OUR_FOLDERS:
            frames.append(f"{path.relative_to(ROOT)}:{line} {frame.f_code.co_qualname}")
    return frames[-FRAMES_MAX:]


def _causes(error: BaseException) -> list[dict[str, str]]:
    causes: list[dict[str, str]] = []
    seen = {id(error)}
    cause = _cause(error)
    while cause is not None and id(cause) not in seen and len(causes) < PARTS_MAX:
        seen.add(id(cause))
        causes.append({"type": type(cause).__qualname__, "message": _message(cause)})
        cause = _cause(cause)
    return causes


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
