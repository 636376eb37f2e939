"""The law of recording calls, as data: where the consent of one is enough, and where not. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from compliance.law.places import PLACES, Place
from compliance.screening import area_code

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ConsentRule:
    places: tuple[str, ...]
    consent: Literal["all", "one"]
    since: date | None = None
    until: date | None = None  # The last day on which it holds.
    source: str = ""
    read: date | None = None  # When somebody read it at its source.

    def holds_on(self, day: date) -> bool:
        """Tell whether the rule is in force on `day`."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class RecordingLaw:
    rules: tuple[ConsentRule, ...]

    def is_enough(self, state: str, day: date) -> bool:
        """Tell whether in `state` one party's consent is enough. Unknown places ask for all's."""
        found = [one for one in self.rules if state in one.places and one.holds_on(day)]
        return bool(found) and all(one.consent == "one" for one in found)

    def why_ask(self, states: Collection[str], day: date) -> str:
        """Return the place whose law may need everybody's consent, or ""; "" is an unknown one."""
        strict = sorted(one or UNKNOWN for one in states if not self.is_enough(one, day))
        return strict[0] if strict else ""


def states_of(number: str, told: Collection[str] = ()) -> frozenset[str]:
    """Return the states in which who has `number` may be; "" is a place that nobody knows.

    `told` are states that a zip or the person named. They only add places: a phone is carried
    about, and an area code is a weak hint.
    """
    place: Place | None = PLACES.of_code.get(area_code(number))
    own = place.states if place is not None else frozenset(("",))
    return own.union(told)
