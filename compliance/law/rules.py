"""The law of calling people, as data: who may be called when, and from which day on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from compliance.law.holidays import Holiday, is_kept
from market.schedule import Windows

EVERYWHERE = "US"


@dataclass(frozen=True, slots=True)
class Rule:
    place: str  # "US", or a state.
    open: Mapping[int, Windows]  # Weekday (0 is Monday) -> when calls are allowed, in minutes.
    holidays: tuple[str, ...] = ()  # Names of lists: no calls on these days.
    calls_per_day: int | None = None  # To one person within 24 hours.
    since: date | None = None
    until: date | None = None  # The last day on which it holds.
    source: str = ""
    read: date | None = None  # When somebody read it at its source.

    def holds_on(self, day: date) -> bool:
        """Tell whether the rule is in force on `day`."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Law:
    rules: tuple[Rule, ...]
    holidays: Mapping[str, tuple[Holiday, ...]]

    def of(self, states: frozenset[str], day: date) -> list[Rule]:
        """Return the rules in force on `day` for a person who may be in any of `states`."""
        places = states | {EVERYWHERE}
        return [rule for rule in self.rules if rule.place in places and rule.holds_on(day)]

    def windows(self, rule: Rule, day: date) -> Windows:
        """Return when `rule` allows calls on `day`, by the clock of the person."""
        kept = (is_kept(one, day) for name in rule.holidays for one in self.holidays[name])
        return () if any(kept) else rule.open[day.weekday()]
