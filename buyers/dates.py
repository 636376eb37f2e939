"""Dates and times in the shapes buyers write them: MM/DD/YYYY, M/D/YYYY h:mm:ss A Z, ... Pure.

A shape is made of the tokens below; all else in it stands for itself, and so does what is in
[brackets]. No locale has a say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
MONTHS = [name[:3] for name in LONG_MONTHS]
TOKEN = re.compile(r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|ss|SSS|A|a|ZZ|Z")
ZONE = re.compile(r"([+-])(\d\d):?(\d\d)")
LONGEST = 64  # Characters of a time.

WRITTEN: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "MMMM": lambda at: LONG_MONTHS[at.month - 1],
    "MMM": lambda at: MONTHS[at.month - 1],
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "DD": lambda at: f"{at.day:02}",
    "D": lambda at: str(at.day),
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "hh": lambda at: f"{(at.hour + 11) % 12 + 1:02}",
    "h": lambda at: str((at.hour + 11) % 12 + 1),
    "mm": lambda at: f"{at.minute:02}",
    "ss": lambda at: f"{at.second:02}",
    "SSS": lambda at: f"{at.microsecond // 1000:03}",
    "A": lambda at: "AM" if at.hour < 12 else "PM",
    "a": lambda at: "am" if at.hour < 12 else "pm",
    "Z": lambda at: _offset(at, ":"),
    "ZZ": lambda at: _offset(at, ""),
}
READ = {  # Read with some patience: 3/1/2021 is MM/DD/YYYY too.
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short_year>\d{2})",
    "MMMM": r"(?P<word>[A-Za-z]{3,9})",
    "MMM": r"(?P<word>[A-Za-z]{3,9})",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour>\d{1,2})",
    "h": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
    "SSS": r"(?P<fraction>\d{1,9})",
    "A": r"(?P<half>[AaPp])\.?[Mm]\.?",
    "a": r"(?P<half>[AaPp])\.?[Mm]\.?",
    "Z": r"(?P<zone>[+-]\d\d:?\d\d|Z|UTC|GMT)",
    "ZZ": r"(?P<zone>[+-]\d\d:?\d\d|Z|UTC|GMT)",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How times are written in one place."""

    text: str
    pieces: tuple[Callable[[datetime], str] | str, ...]
    pattern: re.Pattern[str]

    def write(self, at: datetime) -> str:
        """Return the time in this shape."""
        return "".join(piece if isinstance(piece, str) else piece(at) for piece in self.pieces)

    def read(self, text: str, zone: tzinfo | None) -> datetime:
        """Return the time in `text`, in `zone` if it names none. Raises ValueError."""
        found = self.pattern.fullmatch(text.strip()) if len(text) <= LONGEST else None
        if found is None:
            raise ValueError(self.text)
        return _assembled({key: said for key, said in found.groupdict().items() if said}, zone)


def shape(text: str) -> Shape:
    """Return the shape written as `text`. Raises ValueError, saying what is wrong."""
    pieces: list[Callable[[datetime], str] | str] = []
    pattern = ""
    end = 0
    for found in TOKEN.finditer(text):
        between = text[end : found.start()]
        literal = between if found[1] is None else between + found[1]
        pieces.append(literal)
        pattern += re.escape(literal)
        if found[1] is None:
            pieces.append(WRITTEN[found[0]])
            pattern += READ[found[0]]
        end = found.end()
    pieces.append(text[end:])
    if not any(callable(piece) for piece in pieces):
        raise ValueError("no part of a date in it")
    try:
        compiled = re.compile(pattern + re.escape(text[end:]), re.ASCII)
    except re.error:
        raise ValueError("the same part twice") from None
    return Shape(text, tuple(piece for piece in pieces if piece != ""), compiled)


def moment(text: str, zone: tzinfo | None = UTC) -> datetime:
    """Return the ISO date or time in `text`, in `zone` if it names none. Raises ValueError."""
    if len(text) > LONGEST:
        raise ValueError("no time")
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo else at.replace(tzinfo=zone)


def iso(at: datetime) -> str:
    """Return the time as 2026-11-23T12:00:00Z; milliseconds only where there are some."""
    kind = "milliseconds" if at.microsecond else "seconds"
    return at.isoformat(timespec=kind).replace("+00:00", "Z")


def _offset(at: datetime, between: str) -> str:
    minutes = int((at.utcoffset() or timedelta()).total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{between}{abs(minutes) % 60:02}"


def _assembled(said: dict[str, str], zone: tzinfo | None) -> datetime:
    year = int(said["year"]) if "year" in said else 2000 + int(said["short_year"])
    month = int(said["month"]) if "month" in said else MONTHS.index(said["word"][:3].title()) + 1
    hour = int(said.get("hour", 0))
    if half := said.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("an hour that no clock of 12 shows")
        hour = hour % 12 + (12 if half in "Pp" else 0)
    fraction = int(said.get("fraction", "0").ljust(6, "0")[:6])
    minute, second = int(said.get("minute", 0)), int(said.get("second", 0))
    at = datetime(year, month, int(said["day"]), hour, minute, second, fraction)  # noqa: DTZ001
    return at.replace(tzinfo=_zone(said["zone"]) if "zone" in said else zone)


def _zone(text: str) -> tzinfo:
    found = ZONE.fullmatch(text)
    if found is None:
        return UTC
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
