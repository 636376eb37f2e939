"""Reads the table of calling hours (TOML); what is wrong is told with its place. Pure."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from compliance.law.holidays import LAST, Holiday
from compliance.law.places import PLACES
from compliance.law.rules import EVERYWHERE, Law, Rule
from market.schedule import Windows

SHIPPED = Path(__file__).parent / "calling_hours.toml"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
ON_DATE = re.compile(rf"({'|'.join(MONTHS)}) ([1-9]|[12]\d|3[01])", re.ASCII)
ON_NTH = re.compile(rf"([1-4]|last) ({'|'.join(DAYS)}) ({'|'.join(MONTHS)})", re.ASCII)
ON_EASTER = re.compile(r"easter(?: ([+-]\d{1,3}))?", re.ASCII)
OTHERS = ("place", "holidays", "calls_per_day", "from", "until", "source", "read")
CALLS_MOST = 100  # A larger number is a slip of the pen.
WINDOW_RIGHT = '"08:00-21:00", several joined by a comma, or "closed"'
HOLIDAY_RIGHT = '"jul 4", "4 thu nov", "last mon may" or "easter -2"'


class HoursError(ValueError):
    """The table is refused: which key, and what would be right."""

    def __init__(self, key: str, right: str) -> None:
        super().__init__(f"{key}: expected {right}")


def read_law(text: str) -> Law:
    """Return the law in the text of a file. Raises HoursError."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HoursError("the file", f"TOML ({error})") from None
    if unknown := sorted(set(found) - {"holidays", "rule"}):
        raise HoursError(unknown[0], "[holidays] and [[rule]], nothing else")
    lists = _table(found.get("holidays", {}), "holidays")
    holidays = {name: _holidays(value, f"holidays.{name}") for name, value in lists.items()}
    rows = found.get("rule")
    if not isinstance(rows, list) or not rows:
        raise HoursError("rule", "at least one [[rule]]")
    rules = [_rule(_table(row, f"rule[{at}]"), f"rule[{at}]") for at, row in enumerate(rows)]
    for at, rule in enumerate(rules):
        if missing := [name for name in rule.holidays if name not in holidays]:
            raise HoursError(f"rule[{at}].holidays", f"lists of [holidays], not {missing[0]}")
    if not any(rule.place == EVERYWHERE for rule in rules):
        raise HoursError(
            "rule", f'one with place = "{EVERYWHERE}": without it nobody may be called'
        )
    return Law(tuple(rules), holidays)


def _rule(row: dict[str, Any], key: str) -> Rule:
    place = row.get("place")
    if not isinstance(place, str) or place not in (EVERYWHERE, *PLACES.of_state):
        raise HoursError(f"{key}.place", f'"{EVERYWHERE}" or two letters of a state ("FL")')
    since, until = _date(row, "from", key), _date(row, "until", key)
    if since and until and until < since:
        raise HoursError(f"{key}.until", "a day after from")
    source, read = row.get("source"), _date(row, "read", key)
    if not isinstance(source, str) or not source or read is None:
        raise HoursError(f"{key}.source", "where the rule stands, and read: when it was read there")
    days = {name: value for name, value in row.items() if name not in OTHERS}
    return Rule(
        place, _open(days, key), _names(row, key), _calls(row, key), since, until, source, read
    )


def _open(found: dict[str, Any], key: str) -> dict[int, Windows]:
    opened: dict[int, Windows] = {}
    for name, value in found.items():
        for day in _span(name, f"{key}.{name}"):
            if day in opened:
                raise HoursError(f"{key}.{name}", f"each day once; {DAYS[day]} is there twice")
            opened[day] = _windows(value, f"{key}.{name}")
    if missing := [DAYS[day] for day in range(7) if day not in opened]:
        raise HoursError(f"{key}.{missing[0]}", f"hours for each day: {WINDOW_RIGHT}")
    return opened


def _span(name: str, key: str) -> range:
    first, dash, last = ("mon", "-", "sun") if name == "daily" else name.partition("-")
    last = last if dash else first
    if first not in DAYS or last not in DAYS or DAYS.index(last) < DAYS.index(first):
        raise HoursError(key, 'a day ("mon"), a span of days ("mon-fri") or "daily"')
    return range(DAYS.index(first), DAYS.index(last) + 1)


def _windows(found: object, key: str) -> Windows:
    if found == "closed":
        return ()
    parts = found.split(",") if isinstance(found, str) else [""]
    return tuple(_window(part.strip(), key) for part in parts)


def _window(text: str, key: str) -> tuple[int, int]:
    match = WINDOW.fullmatch(text)
    if match is None:
        raise HoursError(key, WINDOW_RIGHT)
    hours = [int(part) for part in match.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if not start < end <= 24 * 60:
        raise HoursError(key, "windows that end after they begin, on the same day")
    return start, end


def _holidays(found: object, key: str) -> tuple[Holiday, ...]:
    if not isinstance(found, list) or not found:
        raise HoursError(key, f"a list of {HOLIDAY_RIGHT}")
    return tuple(_holiday(one, f"{key}[{at}]") for at, one in enumerate(found))


def _holiday(found: object, key: str) -> Holiday:
    text = found if isinstance(found, str) else ""
    if match := ON_DATE.fullmatch(text):
        month, day = MONTHS.index(match[1]) + 1, int(match[2])
        if day <= (date(2025 + month // 12, month % 12 + 1, 1) - date(2025, month, 1)).days:
            return Holiday("date", month=month, day=day)  # Of every year: not feb 29.
    if match := ON_NTH.fullmatch(text):
        nth = LAST if match[1] == "last" else int(match[1])
        month, weekday = MONTHS.index(match[3]) + 1, DAYS.index(match[2])
        return Holiday("nth", month=month, nth=nth, weekday=weekday)
    if match := ON_EASTER.fullmatch(text):
        return Holiday("easter", days=int(match[1] or 0))
    raise HoursError(key, HOLIDAY_RIGHT)


def _names(row: dict[str, Any], key: str) -> tuple[str, ...]:
    found = row.get("holidays", [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise HoursError(f"{key}.holidays", "a list of names of [holidays]")
    return tuple(found)


def _calls(row: dict[str, Any], key: str) -> int | None:
    found = row.get("calls_per_day")
    if found is not None and not (type(found) is int and 0 <= found <= CALLS_MOST):
        raise HoursError(f"{key}.calls_per_day", f"a whole number from 0 to {CALLS_MOST}")
    return found


def _date(row: dict[str, Any], name: str, key: str) -> date | None:
    found = row.get(name)
    if found is not None and type(found) is not date:
        raise HoursError(f"{key}.{name}", "a day, like 2026-10-18")
    return found


def _table(found: object, key: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise HoursError(key, "a table")
    return found
