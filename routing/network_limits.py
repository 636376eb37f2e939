"""The limits of a network file: caps, slots, and both by the hour of the week. Pure.

An hour that is not named has no limit. A limit of -1, as other systems write "none", is refused
with what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from market.limits import CAP_KINDS, WEEK_HOURS, ByHour, Cap, CapKind
from market.money import UNIT, Micros
from routing import network_values as v
from routing.network_error import Place, Refused, shown
from routing.network_hours import DAYS, ZONE
from routing.network_reading import Found, Key, table_list
from routing.network_values import Reader

CENT = Micros(UNIT // 100)
UNITS_MOST = 10**9
SLOTS_MOST = 10_000
UNLIMITED = (-1, "-1")  # How others write "no limit".
SPAN = re.compile(r"([01]\d|2[0-3])-([01]\d|2[0-4]): ?(\d{1,9})", re.ASCII)
DAY_RIGHT = '"09-17: 5, 17-20: 2": whole hours, and how many'
KEYS_RIGHT = 'a day ("mon") or a span of days ("mon-fri")'


def limit(most: int, unit: str, least: int = 1) -> Reader:
    """Return a reader of limits, which says what to do who writes -1."""
    read = v.whole(least, most, unit)

    def read_limit(found: object, place: Place) -> int:
        if found in UNLIMITED:
            raise place.refuse(found, f"{least}..{most} {unit}; without a limit, leave it out")
        return int(read(found, place))

    return read_limit


def check_cap(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Read the limit of a cap: what is counted is a number, money is money."""
    if "limit" not in found or "kind" not in fields:
        return
    read = limit(UNITS_MOST, fields["kind"])
    if fields["kind"] == "money" and found["limit"] not in UNLIMITED:
        read = v.money(CENT, v.SUM_MOST)
    with suppress(Refused):
        fields["limit"] = read(found["limit"], place.at("limit"))


def read_caps(keys: Mapping[str, Key]) -> Reader:
    """Return a reader of [[cap]] blocks: each kind and period once."""
    read_all = table_list(Cap, keys, check_cap)

    def read(found: object, place: Place) -> object:
        seen: set[str] = set()
        for index, cap in enumerate(found if isinstance(found, list) else ()):
            if isinstance(cap, dict):
                name = f"{cap.get('kind')}/{cap.get('period')}"
                if name in seen:
                    place.item(index).note(f"a second cap of {name}", "each kind and period once")
                seen.add(name)
        return read_all(found, place)

    return read


def by_hour(*, counts: bool) -> Reader:
    """Return a reader of limits by the hour; `counts`: with a `kind` that says what it counts."""

    def read(found: object, place: Place) -> ByHour:
        if not isinstance(found, dict):
            raise place.refuse(found, "a table of days")
        before = len(place.notes)
        limits: list[int | None] = [None] * WEEK_HOURS
        kind: CapKind = "calls"
        for key, value in found.items():
            if key == "kind" and counts:
                with suppress(Refused):
                    kind = v.choice(*(one for one in CAP_KINDS if one != "money"))(
                        value, place.at(key)
                    )
                continue
            if days := _days(key, place.at(key)):
                _put(limits, days, value, place.at(key))
        if len(place.notes) == before and all(one is None for one in limits):
            place.note("no hour with a limit", "at least one, or none of this table")
        if len(place.notes) > before:
            raise Refused(place.key)
        return ByHour(tuple(limits), kind)

    return read


def zone(found: object, place: Place) -> str:
    """Read the name of a zone that this machine knows."""
    with suppress(ZoneInfoNotFoundError, OSError, ValueError):  # OSError: "America" is a folder.
        if isinstance(found, str) and ZONE.fullmatch(found):
            return ZoneInfo(found).key
    raise place.refuse(found, 'a zone like "America/New_York"')


CAP = {
    "kind": Key(v.choice(*CAP_KINDS), needed=True),
    "period": Key(v.choice("hour", "day", "week", "month", "ever"), needed=True),
    "limit": Key(lambda found, place: found, needed=True),
}
LIMITS = {  # Of a target, a buyer, a campaign, a publisher.
    "cap": Key(read_caps(CAP), into="caps"),
    "concurrency": Key(limit(SLOTS_MOST, "calls at once")),
    "cap_by_hour": Key(by_hour(counts=True)),
    "concurrency_by_hour": Key(by_hour(counts=False)),
}
ZONED = {"zone": Key(zone)} | LIMITS
PINGS = {  # Of a target that is pinged, a buyer, a publisher.
    "pings_per_minute": Key(limit(UNITS_MOST, "pings")),
    "pings_per_day": Key(limit(UNITS_MOST, "pings")),
}


def by_hour_text(limits: ByHour) -> dict[str, Any]:
    """Return limits by the hour as the table that reads back as them."""
    days = {day: limits.limits[no * 24 : no * 24 + 24] for no, day in enumerate(DAYS)}
    texts = {day: ", ".join(_spans(hours)) for day, hours in days.items()}
    kind = {} if limits.kind == "calls" else {"kind": limits.kind}
    return {**kind, **{day: text for day, text in texts.items() if text}}


def _spans(hours: tuple[int | None, ...]) -> Iterator[str]:
    hour = 0
    for most, same in groupby(hours):
        end = hour + len(list(same))
        if most is not None:
            yield f"{hour:02d}-{end:02d}: {most}"
        hour = end


def _days(key: str, place: Place) -> range:
    first, dash, last = key.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        place.note(f'the key "{key}"', KEYS_RIGHT)
        return range(0)
    days = range(DAYS.index(first), DAYS.index(last or first) + 1)
    if not days:
        place.note(f'the key "{key}"', "a span from an earlier to a later day of the week")
    return days


def _put(limits: list[int | None], days: range, found: object, place: Place) -> None:
    """Put the limits of some days, all the same, in their place."""
    for one in found.split(",") if isinstance(found, str) else [""]:
        match = SPAN.fullmatch(one.strip())
        start, end = (int(match[1]), int(match[2])) if match else (0, 0)
        if match is None or not start < end <= 24:
            place.note(shown(found), DAY_RIGHT)
            return
        hours = [day * 24 + hour for day in days for hour in range(start, end)]
        if any(limits[hour] is not None for hour in hours):
            place.note(shown(found), "each hour of the week once")
            return
        for hour in hours:
            limits[hour] = int(match[3])
