"""What we want a payment processor to do: on record before it is asked, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import orjson

from auctiond.pg import door
from auctiond.pg.door import Pg, Row
from auctiond.pg.notices import Telling
from auctiond.pg.sql_file import read_queries
from market.money import Micros

_SQL = read_queries("intents")
IntentKind = Literal["top_up", "recharge", "page", "setup", "refund"]
IntentState = Literal["new", "asked", "waiting", "done", "failed"]
Begun = Literal["new", "known", "too_much", "not_paid", "open"]
PAYING = ("top_up", "recharge", "page")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An intent before it is on record. `of`: what a refund gives back."""

    id: UUID
    kind: IntentKind
    payer: str
    amount: Micros
    method: str
    by: str
    of: UUID | None = None
    currency: str = "usd"


@dataclass(frozen=True, slots=True)
class Intent:
    id: UUID
    kind: IntentKind
    payer: str
    amount: Micros
    currency: str
    method: str
    of: UUID | None
    by: str
    made_ms: int
    state: IntentState
    reason: str
    ref: str
    page: str
    first_ask_ms: int | None
    tries: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """Where an intent goes."""

    to: IntentState
    reason: str = ""
    ref: str = ""
    page: str = ""
    due_ms: int = 0


@dataclass(frozen=True, slots=True)
class RuleNote:
    """What an end means for the rule that wanted it: when it may be next, or why not."""

    payer: str
    paid: bool
    next_ms: int
    paused: str = ""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is written in the transaction that ends an intent."""

    told: tuple[Telling, ...] = ()
    rule: RuleNote | None = None


@dataclass(frozen=True, slots=True)
class IntentEvent:
    at_ms: int
    what: str
    reason: str


class Intents:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def begin(self, wanted: Wanted, at_ms: int, due_ms: int) -> Begun:
        """Write an intent down, to be looked at when it is due; or tell why it may not be."""
        w = wanted
        args = (w.id, w.kind, w.payer, w.amount, w.currency, w.method, w.of, w.by, at_ms, due_ms)
        begun: Begun = await self._pg.fetch_value(_SQL["begin"], *args)
        return begun

    async def take(self, now_ms: int, until_ms: int, most: int) -> list[Intent]:
        """Return what is to be looked at now; nobody else gets it until then."""
        return [_intent(row) for row in await self._pg.fetch(_SQL["take"], now_ms, until_ms, most)]

    async def ask(self, id_: UUID, at_ms: int) -> None:
        """Note that the processor is asked now."""
        await self._pg.execute(_SQL["ask"], id_, at_ms)

    async def move(self, id_: UUID, step: Step, at_ms: int) -> bool:
        """Move an intent on. False: it is there already, or past it."""
        s = step
        args = (id_, s.to, s.reason, s.ref, s.page, s.due_ms, at_ms)
        moved: bool = await self._pg.fetch_value(_SQL["move"], *args)
        return moved

    async def end(self, id_: UUID, step: Step, after: Aftermath, at_ms: int) -> bool:
        """Move an intent to its end, with its aftermath. False: it is there, or past it."""
        query, args = self.ending(id_, step, after, at_ms)
        ended: bool = await self._pg.fetch_value(query, *args)
        return ended

    def ending(self, id_: UUID, step: Step, after: Aftermath, at_ms: int) -> door.Step:
        """Return the step that does so, and returns that, in a transaction with more in it."""
        told = [[t.kind, t.party, t.event, t.data] for t in after.told]
        rule = after.rule
        note = (rule.payer, rule.paid, rule.next_ms, rule.paused) if rule else (None,) * 4
        where = (id_, step.to, step.reason, step.ref, at_ms)
        return _SQL["end"], (*where, orjson.dumps(told).decode(), *note)

    async def get(self, id_: UUID) -> Intent | None:
        """Return an intent, or None."""
        row = await self._pg.fetch_row(_SQL["get"], id_)
        return None if row is None else _intent(row)

    async def of_payment(self, ref: str) -> Intent | None:
        """Return the intent that a payment at the processor was made for, or None."""
        row = await self._pg.fetch_row(_SQL["of_payment"], ref)
        return None if row is None else _intent(row)

    async def recent(
        self, limit: int, before: UUID | None = None, payer: str | None = None
    ) -> list[Intent]:
        """Return the newest, newest first."""
        return [_intent(row) for row in await self._pg.fetch(_SQL["recent"], limit, before, payer)]

    async def events(self, id_: UUID) -> list[IntentEvent]:
        """Return what happened to an intent."""
        rows = await self._pg.fetch(_SQL["events"], id_)
        return [IntentEvent(row["at_ms"], row["what"], row["reason"]) for row in rows]

    async def next_due_ms(self) -> int | None:
        """Return when there is something to look at; None: there is nothing."""
        due: int | None = await self._pg.fetch_value(_SQL["next_due"])
        return due


def _intent(row: Row) -> Intent:
    of = row["of"]
    return Intent(
        id=UUID(int=row["id"].int),
        kind=row["kind"],
        payer=row["payer"],
        amount=Micros(row["amount"]),
        currency=row["currency"],
        method=row["method"],
        of=UUID(int=of.int) if of is not None else None,
        by=row["by"],
        made_ms=row["made_ms"],
        state=row["state"],
        reason=row["reason"],
        ref=row["ref"],
        page=row["page"],
        first_ask_ms=row["first_ask_ms"],
        tries=row["tries"],
        due_ms=row["due_ms"],
    )
