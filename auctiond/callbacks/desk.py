"""Takes requests for callbacks: judged at once, sealed and put on record, or refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal
from uuid import UUID

import orjson

from auctiond.callbacks.judging import Judge, Person, network_refusal
from auctiond.callbacks.proof import fields_of
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.metrics import Metrics, code_of
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.callbacks import CallbackBook, CallbackRow
from auctiond.pg.people import Person as SealedPerson
from compliance.screening import normalise
from market.callback import CallbackTerms, CallbackWanted, Verdict
from market.ids import id_at
from routing.snapshot import Snapshot

PLACE_UNKNOWN = "place_unknown"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request. "known": the same was asked before; its callback is named."""

    result: Literal["new", "known", "other", "waits", "refused"]
    id: UUID | None = None
    reason: str = ""  # A code of market/reasons.py: why not, or what it waits for.
    due_ms: int = 0  # When the person is called at the earliest.


@dataclass(frozen=True, slots=True)
class CallbackDesk:
    book: CallbackBook
    judge: Judge
    networks: NetworkBook
    vault: Vault
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    wake: Callable[[], object]  # Tells the dialler that there is something to do.

    async def want_in_call(self, wanted: CallbackWanted) -> Taken:
        """Put the wish of a caller on record, whose call is the proof."""
        return await self.want(wanted, "call")

    async def want(self, wanted: CallbackWanted, source: Literal["api", "call"] = "api") -> Taken:
        """Put a request on record, and have it called as soon as that is allowed.

        A person who may never be called is refused, and nothing of the person is kept.
        """
        taken = await self._want(wanted, source)
        result = code_of(taken.reason) if taken.result == "refused" else taken.result
        self.metrics.callbacks(result).inc()
        self.log.info("callback.asked", callback=taken.id, result=taken.result, why=taken.reason)
        if taken.result == "new":
            self.wake()
        return taken

    async def _want(self, wanted: CallbackWanted, source: Literal["api", "call"]) -> Taken:
        number, edition = normalise(wanted.number), self.networks.current
        if edition is None:
            return Taken("refused", reason="no_callbacks")
        terms, publisher = terms_of(edition.snapshot, wanted.campaign, wanted.publisher)
        if terms is None:
            return Taken("refused", reason="no_callbacks")
        if not number:
            return Taken("refused", reason=PLACE_UNKNOWN)
        if reason := network_refusal(number, edition.snapshot.network):
            return Taken("refused", reason=reason)
        index, asked_ms = self.vault.index(number), wanted.asked_ms or self.now_ms()
        person = Person(number, index, wanted.consent, dict(wanted.facts))
        verdict = await self.judge.verdict(person, terms, asked_ms)
        if verdict.action == "refuse":
            return Taken("refused", reason=verdict.reason)
        row = self._row(wanted, publisher, person, verdict, asked_ms)
        due_ms = max(verdict.at_ms, wanted.not_before_ms, asked_ms)
        row = replace(row, source=source, due_ms=due_ms)
        asked = await self.book.ask(row, self._seal(row.person_id, wanted, number))
        reason = "same_callback" if asked.result == "waits" else verdict.reason
        return Taken(asked.result, asked.id, reason, due_ms)

    def _row(
        self,
        wanted: CallbackWanted,
        publisher: str,
        person: Person,
        verdict: Verdict,
        asked_ms: int,
    ) -> CallbackRow:
        id_ = id_at(asked_ms, os.urandom(16))
        return CallbackRow(
            id=id_,
            key=wanted.key or id_.hex,
            digest=_digest(wanted, person.index),
            campaign=wanted.campaign,
            publisher=publisher,
            person_id=id_at(asked_ms, os.urandom(16)),
            number_index=person.index,
            source="api",
            facts=dict(wanted.facts),
            given_ms=wanted.consent.given_ms,
            asked_ms=asked_ms,
            state="waiting",
            reason=verdict.reason,
            due_ms=asked_ms,
        )

    def _seal(self, person_id: UUID, wanted: CallbackWanted, number: str) -> SealedPerson:
        person = self.vault.new_person(person_id)
        fields = dict(wanted.personal) | fields_of(wanted.consent) | {"phone": number}
        return SealedPerson(person.id, person.wrapped_key, self.vault.seal_fields(person, fields))


def terms_of(snapshot: Snapshot, campaign: str, publisher: str) -> tuple[CallbackTerms | None, str]:
    """Return how a campaign calls back, and whose call it is: its number's, if nobody's."""
    found = snapshot.campaigns.get(campaign)
    terms = found.callback if found is not None else None
    number = snapshot.number(terms.number) if terms is not None else None
    if number is None or (publisher and publisher not in snapshot.publishers):
        return None, ""
    return terms, publisher or number.publisher


def _digest(wanted: CallbackWanted, index: bytes) -> bytes:
    """Return what tells this request from another with the same key: of the number its index."""
    told = [
        wanted.campaign,
        wanted.publisher,
        index.hex(),
        wanted.not_before_ms,
        wanted.consent.given_ms,
        sorted(wanted.facts),
    ]
    return sha256(orjson.dumps(told)).digest()
