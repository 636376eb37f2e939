"""Callbacks on record: who asked, what is due, each attempt, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

import orjson

from auctiond.pg.door import Pg, Row
from auctiond.pg.people import Person
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("callbacks")
CallbackState = Literal["waiting", "calling", "over"]


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """Holds nothing personal."""

    id: UUID
    key: str  # Who asks twice with one key asks once.
    digest: bytes  # Of what was asked.
    campaign: str
    publisher: str
    person_id: UUID
    number_index: bytes | None = field(repr=False)  # None: the person was erased.
    source: Literal["api", "call"]
    facts: Mapping[str, str]
    given_ms: int
    asked_ms: int
    state: CallbackState
    reason: str  # While it waits: for what. Over: why, or how it went.
    due_ms: int
    attempts: int = 0
    call_id: UUID | None = None  # Of the last attempt.
    first_dial_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request: "known" is the same again, "waits" is another under way."""

    result: Literal["new", "known", "other", "waits"]
    id: UUID


@dataclass(frozen=True, slots=True)
class CallbackEvent:
    at_ms: int
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    no: int
    call_id: UUID
    at_ms: int


@dataclass(frozen=True, slots=True)
class Move:
    """Where a callback goes, if it is still where it `was`."""

    id: UUID
    was: CallbackState
    attempts: int
    to: CallbackState
    reason: str
    due_ms: int
    at_ms: int
    what: str


class CallbackBook:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def ask(self, row: CallbackRow, person: Person) -> Asked:
        """Write down a request and its person, all or nothing."""
        found = await self._pg.fetch_row(
            _SQL["ask"],
            row.id,
            row.key,
            row.digest,
            row.campaign,
            row.publisher,
            row.person_id,
            row.number_index,
            row.source,
            orjson.dumps(dict(row.facts)).decode(),
            row.given_ms,
            row.asked_ms,
            row.state,
            row.reason,
            row.due_ms,
            person.wrapped_key,
            list(person.fields),
            list(person.fields.values()),
        )
        assert found is not None
        return Asked(found["result"], UUID(int=found["which"].int))

    async def take(self, now_ms: int, until_ms: int, most: int) -> list[CallbackRow]:
        """Return what is to be looked at now; nobody else gets it until then."""
        return [_row(row) for row in await self._pg.fetch(_SQL["take"], now_ms, until_ms, most)]

    async def move(self, move: Move) -> bool:
        """Put a callback off, or end it. False: it has moved on."""
        moved: bool = await self._pg.fetch_value(
            _SQL["move"],
            move.id,
            move.was,
            move.attempts,
            move.to,
            move.reason,
            move.due_ms,
            move.at_ms,
            move.what,
        )
        return moved

    async def begin(
        self, attempt: Attempt, of: UUID, until_ms: int, since_ms: int, most: int
    ) -> bool:
        """Begin an attempt. False: it may not be, any more: begun, called off, suppressed.

        Nor when the person was called `most` times since, or is being called.
        """
        begun: bool = await self._pg.fetch_value(
            _SQL["begin"], of, attempt.no, attempt.call_id, attempt.at_ms, until_ms, since_ms, most
        )
        return begun

    async def calls_since(self, number_index: bytes, since_ms: int) -> tuple[int, ...]:
        """Return when a number was called since, for whichever callback."""
        rows = await self._pg.fetch(_SQL["calls_since"], number_index, since_ms)
        return tuple(row["at_ms"] for row in rows)

    async def get(self, id_: UUID) -> CallbackRow | None:
        """Return a callback, or None."""
        row = await self._pg.fetch_row(_SQL["get"], id_)
        return None if row is None else _row(row)

    async def of_call(self, call_id: UUID) -> CallbackRow | None:
        """Return the callback that a call is an attempt of, or None."""
        row = await self._pg.fetch_row(_SQL["of_call"], call_id)
        return None if row is None else _row(row)

    async def recent(
        self, limit: int, before: UUID | None = None, state: str | None = None
    ) -> list[CallbackRow]:
        """Return the newest, newest first."""
        return [_row(row) for row in await self._pg.fetch(_SQL["recent"], limit, before, state)]

    async def events(self, id_: UUID) -> list[CallbackEvent]:
        """Return what happened to a callback."""
        rows = await self._pg.fetch(_SQL["events"], id_)
        return [CallbackEvent(row["at_ms"], row["what"], row["reason"]) for row in rows]

    async def attempts(self, id_: UUID) -> list[Attempt]:
        """Return the attempts of a callback."""
        rows = await self._pg.fetch(_SQL["attempts"], id_)
        return [Attempt(row["no"], UUID(int=row["call_id"].int), row["at_ms"]) for row in rows]

    async def next_due_ms(self) -> int | None:
        """Return when there is something to look at; None: there is nothing."""
        due: int | None = await self._pg.fetch_value(_SQL["next_due"])
        return due

    async def counts(self) -> dict[str, int]:
        """Return how many callbacks wait, and how many are being called."""
        return {row["state"]: row["count"] for row in await self._pg.fetch(_SQL["counts"])}

    async def learn_session(self, carrier: str, call_ref: str, call_id: UUID) -> None:
        """Keep by what handle the carrier knows a phone call that we began."""
        await self._pg.execute(_SQL["session"], carrier, call_ref, call_id)


def _row(row: Row) -> CallbackRow:
    return CallbackRow(
        id=UUID(int=row["id"].int),
        key=row["key"],
        digest=row["digest"],
        campaign=row["campaign"],
        publisher=row["publisher"],
        person_id=UUID(int=row["person_id"].int),
        number_index=row["number_index"],
        source=row["source"],
        facts=orjson.loads(row["facts_text"]),
        given_ms=row["given_ms"],
        asked_ms=row["asked_ms"],
        state=row["state"],
        reason=row["reason"],
        due_ms=row["due_ms"],
        attempts=row["attempts"],
        call_id=UUID(int=row["call_id"].int) if row["call_id"] is not None else None,
        first_dial_ms=row["first_dial_ms"],
    )
