"""Who pays: customers and payment methods at the processor, disputes, and the processor's news."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from auctiond.pg.door import Pg, Row
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("intents")


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay: the processor's id of it, and nothing else is known."""

    id: str
    payer: str
    added_ms: int


@dataclass(frozen=True, slots=True)
class Dispute:
    id: str
    payment: str
    intent: UUID
    payer: str
    reason: str
    state: str
    withdrawn: int  # Micros, as the next.
    reinstated: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class News:
    """Something happened to an object of the processor's."""

    event_id: str
    kind: str
    object_id: str
    tries: int = 0


class Payers:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def customer(self, payer: str) -> str | None:
        """Return who a payer is at the processor, or None."""
        found: str | None = await self._pg.fetch_value(_SQL["customer"], payer)
        return found

    async def keep_customer(self, payer: str, customer: str, at_ms: int) -> str:
        """Keep who a payer is; the first stands, and is returned."""
        kept: str = await self._pg.fetch_value(_SQL["keep_customer"], payer, customer, at_ms)
        return kept

    async def keep_method(self, method: str, payer: str, at_ms: int) -> None:
        """Keep a way to pay."""
        await self._pg.execute(_SQL["keep_method"], method, payer, at_ms)

    async def drop_method(self, method: str, at_ms: int) -> bool:
        """Forget a way to pay. False: it was not there."""
        gone: bool = await self._pg.fetch_value(_SQL["drop_method"], method, at_ms)
        return gone

    async def methods(self, payer: str | None = None) -> list[Method]:
        """Return the ways to pay, the newest first."""
        rows = await self._pg.fetch(_SQL["methods"], payer)
        return [Method(row["id"], row["payer"], row["added_ms"]) for row in rows]

    async def keep_dispute(self, dispute: Dispute) -> bool:
        """Keep a dispute as it now is. True: it is new."""
        d = dispute
        args = (d.id, d.payment, d.intent, d.payer, d.reason, d.state, d.withdrawn, d.reinstated)
        new: bool = await self._pg.fetch_value(_SQL["keep_dispute"], *args, d.at_ms)
        return new

    async def disputes(self, limit: int) -> list[Dispute]:
        """Return the newest disputes, newest first."""
        return [_dispute(row) for row in await self._pg.fetch(_SQL["disputes"], limit)]

    async def put_news(self, news: News, at_ms: int) -> bool:
        """Keep a webhook until it is seen to. False: it was there already."""
        args = (news.event_id, news.kind, news.object_id, at_ms)
        new: bool = await self._pg.fetch_value(_SQL["put_news"], *args)
        return new

    async def take_news(self, now_ms: int, until_ms: int, most: int) -> list[News]:
        """Return what is to be seen to; nobody else gets it until then."""
        rows = await self._pg.fetch(_SQL["take_news"], now_ms, until_ms, most)
        return [News(r["event_id"], r["kind"], r["object_id"], r["tries"]) for r in rows]

    async def end_news(self, event_id: str, result: str, at_ms: int) -> None:
        """Note that a webhook was seen to."""
        await self._pg.execute(_SQL["end_news"], event_id, result, at_ms)

    async def prune_news(self, before_ms: int) -> int:
        """Forget what was seen to and came before then; return how many."""
        gone: int = await self._pg.fetch_value(_SQL["prune_news"], before_ms)
        return gone


def _dispute(row: Row) -> Dispute:
    return Dispute(
        row["id"],
        row["payment"],
        UUID(int=row["intent_id"].int),
        row["payer"],
        row["reason"],
        row["state"],
        row["withdrawn"],
        row["reinstated"],
        row["opened_ms"],
    )
