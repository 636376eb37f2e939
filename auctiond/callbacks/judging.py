"""Whether a person may be called back now: what is known is gathered, and the law asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from auctiond.pg.callbacks import CallbackBook
from auctiond.pg.suppressions import Suppressions
from compliance.callbacks import DAY_MS, Standing, judge
from compliance.law.calling_hours import calls_per_day
from compliance.law.places import place_of
from compliance.law.rules import Law
from compliance.screening import is_blocked, may_dial
from market.callback import CallbackTerms, Consent, Verdict
from market.network import Network
from routing.geo import state_of_zip


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be called. Never logged."""

    number: str
    index: bytes
    consent: Consent
    facts: Mapping[str, str]

    def __repr__(self) -> str:
        return "Person(...)"


@dataclass(frozen=True, slots=True)
class Judge:
    book: CallbackBook
    suppressions: Suppressions
    law: Law
    now_ms: Callable[[], int]

    async def verdict(
        self, person: Person, terms: CallbackTerms, asked_ms: int, attempts: int = 0
    ) -> Verdict:
        """Return whether `person` may be called now, later or not; look-ups may still say no."""
        now_ms = self.now_ms()
        standing = Standing(
            now_ms,
            asked_ms,
            attempts,
            await self.book.calls_since(person.index, now_ms - DAY_MS),
            await self.suppressions.list_of(person.index),
        )
        place = place_of(person.number, states_of(person.facts))
        return judge(person.consent, place, terms, self.law, standing)

    def most_a_day(self, person: Person, terms: CallbackTerms) -> int:
        """Return how often the person may be called within 24 hours."""
        place = place_of(person.number, states_of(person.facts))
        if place is None:
            return 0
        at = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        by_law = calls_per_day(self.law, place, at)
        return terms.attempts_per_day if by_law is None else min(terms.attempts_per_day, by_law)


def network_refusal(number: str, network: Network) -> str:
    """Return why a number is not called whatever the law: blocked, or not to be dialled."""
    if is_blocked(number, network.blocked_callers):
        return "blocked_caller"
    return "" if may_dial(number, network.dial_allowed) else "place_unknown"


def states_of(facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the states that a request tells: its own word, and that of the zip."""
    told = (facts.get("state", ""), state_of_zip(facts.get("zip", "")))
    unknown = "?" if facts.get("zip") and not told[1] else ""  # A zip of nowhere: in doubt, no.
    return tuple(one for one in (*told, unknown) if one)
