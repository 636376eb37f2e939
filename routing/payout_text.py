"""Conditions of payouts as people write them ("duration > 2 min 30 sec and not repeat"). Pure.

asked     = ["connect"] "duration" order time | "repeat" [("in" | "within") number "days"]
          | "in_region" states | "during_hours" days hours | "pressed" "[" key "]"
          | "mobile" | "landline" | field ("=" | "!=" | "in") values
time      = {number unit}, like 2 min 30 sec; a number alone is in seconds
`routing/joined_text.py` reads how these are joined.
Source: Invoca's payout policies, in its developer documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from routing.geo import STATES
from routing.joined_text import JoinedReader
from routing.network_error import Note, Place
from routing.network_hours import DAYS, read_windows
from routing.network_values import ALL_FIELDS
from routing.payout_conditions import (
    Among,
    And,
    During,
    Lasts,
    Not,
    Or,
    Order,
    PayoutCondition,
    Pressed,
    Repeat,
)

TEXT_MOST = 1000  # Characters: some thirty terms.
DAYS_DEFAULT, DAYS_MOST = 30, 365  # Of "repeat"; the default is Invoca's.
TIME_MOST_S = 86_400  # No call lasts a day.
KEPT = 4096  # Texts: a network has some, and each is asked at every sale.
WORD = re.compile(r"\s*(\d\d:\d\d-\d\d:\d\d|[A-Za-z0-9_.*#-]+|>=|<=|!=|[=<>()\[\],]|$|\S)")
NUMBER = re.compile(r"\d{1,9}(\.\d{1,3})?")
KEY = re.compile(r"[0-9A-Za-z_*#-]{1,40}")
FIELD = re.compile(rf"{'|'.join(map(re.escape, ALL_FIELDS))}|ivr\.[a-z][a-z0-9_]{{0,39}}")
UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
}
ORDERS: dict[str, Order] = {">": ">", ">=": ">=", "<": "<", "<=": "<="}
ASKED = (
    "duration, connect duration, repeat, in_region, during_hours, pressed[KEY], mobile, landline, "
    "a field like state or ivr.NAME, not, or an opening bracket"
)
LINE_TYPE = "ivr.line_type"  # Kept by a flow's webhook, where somebody looks numbers up.


class PayoutTextError(ValueError):
    """A condition cannot be read: what was found, where, and what would be right."""

    def __init__(self, at: int, found: str, right: str) -> None:
        super().__init__(f"column {at + 1}: {found}; expected {right}")
        self.found = f"column {at + 1}: {found}"
        self.right = right


@lru_cache(KEPT)
def read_payout_condition(text: str) -> PayoutCondition:
    """Return what `text` says. Raises PayoutTextError."""
    if len(text) > TEXT_MOST:
        raise PayoutTextError(TEXT_MOST, f"{len(text)} characters", f"at most {TEXT_MOST}")
    reader = _Reader(text)
    found = reader.condition()
    if reader.next:
        raise reader.wrong("and, or, or the end")
    return found


class _Reader(JoinedReader[PayoutCondition]):
    """Goes through the words of one condition, one by one."""

    def __init__(self, text: str) -> None:
        self._words = [(one.start(1), one[1]) for one in WORD.finditer(text)]
        self._at = 0

    @property
    def next(self) -> str:
        """The next word; "" at the end."""
        return self._words[self._at][1] if self._at < len(self._words) else ""

    def wrong(self, right: str) -> PayoutTextError:
        at = self._words[min(self._at, len(self._words) - 1)][0]
        return PayoutTextError(at, self.next or "the end", right)

    def take(self) -> str:
        word = self.next
        self._at += 1
        return word

    def takes(self, *wanted: str) -> bool:
        """Take the next words if they are `wanted`."""
        ahead = [word for _, word in self._words[self._at : self._at + len(wanted)]]
        if ahead != list(wanted):
            return False
        self._at += len(wanted)
        return True

    def any_of(self, parts: tuple[PayoutCondition, ...]) -> PayoutCondition:
        return Or(parts)

    def all_of(self, parts: tuple[PayoutCondition, ...]) -> PayoutCondition:
        return And(parts)

    def opposite(self, part: PayoutCondition) -> PayoutCondition:
        return Not(part)

    def asked(self) -> PayoutCondition:
        if self.takes("connect", "duration"):
            return self._lasts("talk")
        if self.takes("duration"):
            return self._lasts("call")
        if self.next == "sms_sent":
            raise self.wrong(f"{ASKED} (no messages are sent here)")
        ways: dict[str, Callable[[], PayoutCondition]] = {
            "repeat": self._repeat,
            "in_region": lambda: Among("state", self._states()),
            "during_hours": self._during,
            "pressed": self._pressed,
            "mobile": lambda: Among(LINE_TYPE, ("mobile",)),
            "landline": lambda: Among(LINE_TYPE, ("landline",)),
        }
        if self.next in ways:
            return ways[self.take()]()
        if FIELD.fullmatch(self.next):
            return self._field(self.take())
        raise self.wrong(ASKED)

    def _lasts(self, what: str) -> PayoutCondition:
        order = ORDERS.get(self.next)
        if order is None:
            raise self.wrong(">, >=, < or <=")
        self.take()
        return Lasts("talk" if what == "talk" else "call", order, self._time())

    def _time(self) -> float:
        total, unit = 0.0, ""
        while True:
            total += self._number("a time, like 2 min 30 sec")
            unit = self.next
            if unit in UNITS:
                total += self._last * (UNITS[unit] - 1)
                self.take()
            if unit not in UNITS or not NUMBER.fullmatch(self.next):
                break
        if total > TIME_MOST_S:
            raise self.wrong("a time of less than a day")
        return total

    def _number(self, right: str) -> float:
        if not NUMBER.fullmatch(self.next):
            raise self.wrong(right)
        self._last = float(self.take())
        return self._last

    def _repeat(self) -> PayoutCondition:
        if not (self.takes("in") or self.takes("within")):
            return Repeat(DAYS_DEFAULT)
        days = self._number(f"a whole number of days, 1 to {DAYS_MOST}")
        if not days.is_integer() or not 1 <= days <= DAYS_MOST:
            raise self.wrong(f"a whole number of days before it, 1 to {DAYS_MOST}")
        if not (self.takes("days") or self.takes("day")):
            raise self.wrong("days")
        return Repeat(int(days))

    def _states(self) -> tuple[str, ...]:
        return self._values(lambda word: word in STATES, 'a state in two capitals ("TX")')

    def _field(self, field: str) -> PayoutCondition:
        negated = self.takes("!=")
        if not negated and not self.takes("=") and not self.takes("in"):
            raise self.wrong("=, != or in")
        found = Among(field, self._values(lambda word: bool(KEY.fullmatch(word)), "a value"))
        return Not(found) if negated else found

    def _values(self, fits: Callable[[str], bool], right: str) -> tuple[str, ...]:
        bracket, values = self.takes("("), []
        while True:
            if not fits(self.next):
                raise self.wrong(right)
            values.append(self.take())
            if not (bracket and self.takes(",")):
                break
        if bracket:
            self._need(")", "a comma or a closing bracket")
        return tuple(values)

    def _pressed(self) -> PayoutCondition:
        self._need("[", "a key in brackets: pressed[1]")
        if not KEY.fullmatch(self.next):
            raise self.wrong("a key, or what it stands for")
        key = self.take()
        self._need("]", "a closing bracket")
        return Pressed(key)

    def _during(self) -> PayoutCondition:
        first, _, last = self.next.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise self.wrong("a day or a span of days, like mon-fri")
        days = range(DAYS.index(first), DAYS.index(last or first) + 1)
        if not days:
            raise self.wrong("a span from an earlier to a later day of the week")
        self.take()
        notes: list[Note] = []
        windows = read_windows(self.next, Place("", notes))
        if notes:
            raise self.wrong("hours, like 09:00-17:00")
        self.take()
        return During(tuple(days), windows)

    def _need(self, word: str, right: str) -> None:
        if not self.takes(word):
            raise self.wrong(right)
