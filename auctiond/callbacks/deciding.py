"""Decides about one callback that waits: dialled now, put off, or over; and starts its call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

import trio

from auctiond.callbacks.desk import terms_of
from auctiond.callbacks.judging import Judge, Person
from auctiond.callbacks.proof import lead_of, proof_of
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.lookups.desk import LookupDesk
from auctiond.metrics import Metrics
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.callbacks import Attempt, CallbackBook, CallbackRow, CallbackState, Move
from auctiond.pg.people import People
from compliance.callbacks import DAY_MS, lookup_refusal
from compliance.sealing import SealBroken
from market.callback import CallbackTerms, Verdict
from market.ids import id_at

LOOKUPS_S = 15.0  # Over the ten seconds that a network gives one look-up at most, and its cache.
LOOKUP_AGAIN_MS = 900_000  # A service that does not answer is asked again in a quarter of an hour.
BUSY_AGAIN_MS = 60_000  # The person is being called for something else.
CALLING_MS = 60_000  # A call that was just begun is looked at then, if its end does not wake us.


class Starter(Protocol):
    def start(
        self, callback: CallbackRow, call_id: UUID, number: str, lead: dict[str, str]
    ) -> None:
        """Start the call of an attempt. The same again is the same call."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A callback's person, opened."""

    person: Person
    lead: dict[str, str]

    def __repr__(self) -> str:
        return "Known(...)"


@dataclass(frozen=True, slots=True)
class Decider:
    book: CallbackBook
    judge: Judge
    lookups: LookupDesk
    networks: NetworkBook
    people: People
    vault: Vault
    starter: Starter
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]

    def terms(self, row: CallbackRow) -> CallbackTerms | None:
        """Return how the campaign of a callback calls back, by the network in force."""
        edition = self.networks.current
        if edition is None:
            return None
        return terms_of(edition.snapshot, row.campaign, row.publisher)[0]

    async def decide(self, row: CallbackRow) -> None:
        """Dial a callback that waits, put it off, or end it."""
        terms, known = self.terms(row), await self._open(row)
        if known is None or terms is None:
            reason = "erased" if known is None else "no_callbacks"
            await self._put(row, Verdict("refuse", reason))
            return
        verdict = await self.judge.verdict(known.person, terms, row.asked_ms, row.attempts)
        if verdict.action == "dial":
            verdict = await self._ask(known.person, terms)
        if verdict.action != "dial":
            await self._put(row, verdict)
            return
        await self._dial(row, terms, known)

    async def start(self, row: CallbackRow, no: int, call_id: UUID) -> None:
        """Start the call of an attempt, be it for the first time or after a stop."""
        known = await self._open(row)
        if known is not None:
            self.starter.start(row, call_id, known.person.number, known.lead)
            self.log.info("callback.dialled", call=call_id, callback=row.id, attempt=no)

    async def _ask(self, person: Person, terms: CallbackTerms) -> Verdict:
        edition = self.networks.current
        bound = edition.lookups if edition is not None else {}
        deadline = trio.current_time() + LOOKUPS_S
        answers = await self.lookups.ask(
            person.number, person.index, terms.lookups, bound, deadline
        )
        reason = lookup_refusal(answers, terms.lookups)
        if not reason:
            return Verdict("dial")
        if reason.startswith("lookup_failed"):
            return Verdict("later", reason, self.now_ms() + LOOKUP_AGAIN_MS)
        return Verdict("refuse", reason)

    async def _dial(self, row: CallbackRow, terms: CallbackTerms, known: Known) -> None:
        now_ms, no = self.now_ms(), row.attempts + 1
        attempt = Attempt(no, attempt_call(row.id, no, now_ms), now_ms)
        most = self.judge.most_a_day(known.person, terms)
        begun = await self.book.begin(attempt, row.id, now_ms + CALLING_MS, now_ms - DAY_MS, most)
        if not begun:  # Suppressed just now, or called for another callback.
            await self._put(row, Verdict("later", "calls_per_day", now_ms + BUSY_AGAIN_MS))
            return
        if row.first_dial_ms is None:
            self.metrics.speed_to_lead_seconds.observe((now_ms - row.asked_ms) / 1000)
        self.starter.start(
            replace(row, attempts=no), attempt.call_id, known.person.number, known.lead
        )
        self.log.info("callback.dialled", call=attempt.call_id, callback=row.id, attempt=no)

    async def _open(self, row: CallbackRow) -> Known | None:
        """Return who is to be called; None: erased, or cannot be read."""
        stored = await self.people.get(row.person_id)
        if stored is None or row.number_index is None:
            return None
        try:
            key = self.vault.person(stored.person_id, stored.wrapped_key)
            fields = self.vault.open_fields(key, stored.fields)
        except SealBroken:
            self.log.error("callback.unreadable", callback=row.id)
            return None
        proof = proof_of(fields, row.given_ms)
        person = Person(fields.get("phone", ""), row.number_index, proof, row.facts)
        return Known(person, lead_of(fields))

    async def _put(self, row: CallbackRow, verdict: Verdict) -> None:
        """Write down that nobody is called now."""
        now_ms, over = self.now_ms(), verdict.action == "refuse"
        due_ms = now_ms if over else verdict.at_ms
        what = "refused" if over else "put_off"
        to: CallbackState = "over" if over else "waiting"
        move = Move(row.id, "waiting", row.attempts, to, verdict.reason, due_ms, now_ms, what)
        await self.book.move(move)
        if over:
            self.metrics.callbacks("given_up").inc()
        self.log.info("callback.not_dialled", callback=row.id, why=verdict.reason, how=what)


def attempt_call(callback: UUID, no: int, at_ms: int) -> UUID:
    """Return the id of the call of an attempt."""
    return id_at(at_ms, callback.bytes + b"attempt:%d" % no)
