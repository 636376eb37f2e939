"""Logs: one JSON object a line on stderr, without personal data.

`log.info("call.sold", call=call_id, leg=1)`. Every text passes masking; what libraries log
passes the same way. A log line tells what happened, not to whom.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import orjson

from auctiond.log_errors import describe
from compliance.fields import FIELDS, Moment
from compliance.masking import NUMBER_DIGITS_MIN, mask, mask_quoted

OUR_LOGGER = "auctiond"
HIDDEN_FIELD = "[personal]"
TEXT_CHARS_MAX = 2000  # Of one value. A log is no place for bodies.
DEPTH_MAX = 4  # Of lists and objects in a value.
UNITS = frozenset(("ms", "s", "us", "ns", "micros", "bytes", "count", "seq", "version"))
INT_MAX = 1 << 63  # What JSON readers take.
LIBRARY_LEVEL = logging.WARNING  # Below it they tell URLs and addresses, at length.


class Log:
    """Writes events with fields. Field names are words of ours; `call` and `leg` come first."""

    def __init__(self, part: str = "") -> None:
        self._logger = logging.getLogger(f"{OUR_LOGGER}.{part}" if part else OUR_LOGGER)

    def debug(self, event: str, **fields: object) -> None:
        """Tell what only somebody who looks for a fault wants to know."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Tell what happened, in the ordinary course."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Tell what somebody should look at in the morning."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, error: BaseException | None = None, **fields: object) -> None:
        """Tell what somebody should look at now, with what went wrong."""
        self._write(logging.ERROR, event, fields, error)

    def _write(
        self,
        level: int,
        event: str,
        fields: Mapping[str, object],
        error: BaseException | None = None,
    ) -> None:
        if self._logger.isEnabledFor(level):
            told = (type(error), error, error.__traceback__) if error is not None else None
            self._logger.log(level, event, exc_info=told, extra={"fields": fields})


class JsonLines(logging.Formatter):
    """Makes the line of a record, ours or a library's."""

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._always: dict[str, Any] = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        return orjson.dumps(self.line(record)).decode()

    def line(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return what the line says: nothing in it is personal."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = getattr(record, "fields", None)
        event = "library" if fields is None else _text(str(record.msg))
        line: dict[str, Any] = {"ts": at, "level": record.levelname.lower(), "event": event}
        line |= self._always
        if fields is None:
            line |= {"logger": record.name, "message": _message(record)}
        else:
            line = line | _clean_fields(fields) | line  # No field takes the place of these.
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return line


class PlainLines(JsonLines):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a time, what happened, and with what."""
        line = self.line(record)
        line.pop("ts")
        told = [f"{datetime.fromtimestamp(record.created):%H:%M:%S}"]  # noqa: DTZ006 On a wall.
        level = line.pop("level")
        told += [level.upper()] if level not in ("info", "debug") else []
        told.append(line.pop("event"))
        return "  ".join([*told, *(f"{name}={value}" for name, value in line.items())])


def set_up_logs(
    level: str = "info", stream: TextIO | None = None, worker: int | None = None
) -> None:
    """Route all logging of the process, ours and the libraries', to `stream` (stderr).

    Where there are several, each line says which `worker` wrote it.
    """
    wanted = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(wanted)
    handler.setFormatter(PlainLines(worker) if wanted.isatty() else JsonLines(worker))
    logging.basicConfig(level=LIBRARY_LEVEL, handlers=[handler], force=True)
    logging.getLogger(OUR_LOGGER).setLevel(level.upper())
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # A full disk under the log must not stop a call.


def hypercorn_logger() -> logging.Logger:
    """Return what to set as hypercorn's `Config.errorlog`; leave its access log off."""
    logger = logging.getLogger("hypercorn.error")
    logger.propagate, logger.handlers = True, []  # Another server in this process may have set
    logger.setLevel(logging.NOTSET)  # it up for itself.
    return logger


def clean(value: object, key: str = "", depth: int = 0) -> object:
    """Return `value` as it may be logged: masked, cut, and made of what JSON knows."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if _is_safe(value, key) else _text(str(value))
        case UUID():
            return str(value)
        case str() | Path() | Decimal():
            return _text(str(value))
        case Enum():
            return _text(value.name)
        case BaseException():
            return describe(value)
        case Mapping() if depth < DEPTH_MAX:
            return _clean_fields(value, depth + 1)
        case list() | tuple() | set() | frozenset() if depth < DEPTH_MAX:
            return [clean(item, key, depth + 1) for item in value]
    return f"<{type(value).__name__}>"  # What an object says of itself may be a lead.


def _clean_fields(fields: Mapping[Any, object], depth: int = 0) -> dict[str, Any]:
    return {
        _text(str(key)): HIDDEN_FIELD if _is_personal(str(key)) else clean(value, str(key), depth)
        for key, value in fields.items()
    }


def _is_personal(key: str) -> bool:
    rule = FIELDS.get(key)
    return rule is not None and rule.earliest is not Moment.PING


def _is_safe(value: int, key: str) -> bool:
    """A long whole number may be a phone number, unless its key says in which unit it counts."""
    if abs(value) < 10 ** (NUMBER_DIGITS_MIN - 1):
        return True
    return key.rpartition("_")[2] in UNITS and abs(value) < INT_MAX


def _text(value: str) -> str:
    text = value[:TEXT_CHARS_MAX]
    return mask(text if text.isascii() else text.encode("utf-8", "replace").decode())


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):  # A library's own mistake in its format.
        text = str(record.msg)
    return _text(mask_quoted(text))
