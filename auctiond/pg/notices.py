"""Notices: told in the transaction of what happened, sent from here, each try on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from auctiond.pg.door import Pg, Row, Step
from auctiond.pg.sql_file import read_queries
from market.notices import KINDS, party, wrong_with

_SQL = read_queries("notices")

Outcome = Literal["sent", "failed", "given_up", "nobody"]
MAIL, UNSPREAD = "mail", ""  # Channels; any other is the id of a webhook.


@dataclass(frozen=True, slots=True)
class Notice:
    id: UUID
    no: int
    kind: str
    party: str
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way by one channel, in its `begun`-th try."""

    notice: Notice
    channel: str
    begun: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    notice: Notice
    channels: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice before it is on record: `event` names what happened, and is told once."""

    kind: str
    party: str
    event: str
    data: Mapping[str, object]


def telling(kind: str, subject: str, data: Mapping[str, object], event: str) -> Telling:
    """Return the notice of `event`. `subject` is the id of the buyer or publisher it is for.

    Raises ValueError for data that market/notices.py does not list for the kind.
    """
    if wrong := wrong_with(kind, data):
        raise ValueError(wrong)
    return Telling(kind, party(KINDS[kind].to, subject), event, dict(data))


def tell_step(kind: str, subject: str, data: Mapping[str, object], event: str) -> Step:
    """Return the statement that tells of `event`, to run in the transaction of what happened.

    Raises ValueError. Functions in SQL call `tell_notice(kind, party, event, data)` themselves.
    """
    return step_of(telling(kind, subject, data, event))


def step_of(told: Telling) -> Step:
    """Return the statement that puts a notice on record."""
    return _SQL["tell"], (told.kind, told.party, told.event, orjson.dumps(told.data).decode())


class NoticeBook:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def tell(self, kind: str, subject: str, data: Mapping[str, object], event: str) -> bool:
        """Tell of `event` in a transaction of its own; False if it was told before."""
        query, args = tell_step(kind, subject, data, event)
        new: bool = await self._pg.fetch_value(query, *args)
        return new

    async def take(self, now: datetime, lease: datetime, most: int) -> list[Delivery]:
        """Begin a try of what is due; nobody else has it before `lease`."""
        return [
            Delivery(_notice(row), row["channel"], row["begun"], row["since"])
            for row in await self._pg.fetch(_SQL["take"], now, lease, most)
        ]

    async def spread(self, notice: UUID, channels: list[str], at: datetime, why: str = "") -> None:
        """Say by which channels a notice goes out; `why` there is none."""
        await self._pg.execute(_SQL["spread"], notice, channels, at, why)

    async def end(
        self,
        delivery: Delivery,
        outcome: Outcome,
        reason: str,
        at: datetime,
        again: datetime | None,
    ) -> None:
        """Record how a try ended, and when the next is due, if one is."""
        told = (delivery.notice.id, delivery.channel, delivery.begun, outcome, reason)
        await self._pg.execute(_SQL["end"], *told, at, again)

    async def resend(self, notice: UUID, at: datetime) -> int:
        """Send a notice again where it did not arrive; return by how many channels."""
        count: int = await self._pg.fetch_value(_SQL["resend"], notice, at)
        return count

    async def note_gone(self, webhook: str, url_hash: bytes, at: datetime) -> None:
        """Note that a webhook wants no more."""
        await self._pg.execute(_SQL["gone"], webhook, url_hash, at)

    async def is_gone(self, webhook: str, url_hash: bytes) -> bool:
        """Tell whether a webhook wants no more at that address."""
        gone: bool = await self._pg.fetch_value(_SQL["is_gone"], webhook, url_hash)
        return gone

    async def resume(self, webhook: str) -> bool:
        """Send to a webhook again that wanted no more; False: it did."""
        was: bool = await self._pg.fetch_value(_SQL["resume"], webhook)
        return was

    async def recent(self, limit: int, before: int | None, of: str | None) -> list[Listed]:
        """Return the newest notices, newest first."""
        rows = await self._pg.fetch(_SQL["recent"], limit, before, of)
        return [Listed(_notice(row), orjson.loads(row["channels"])) for row in rows]

    async def backlog(self) -> Backlog:
        """Return what waits to be sent."""
        row = await self._pg.fetch_row(_SQL["backlog"])
        assert row is not None
        return Backlog(row["waiting"], row["oldest_s"])

    async def prune(self, before: datetime) -> int:
        """Forget older notices; return how many."""
        gone: int = await self._pg.fetch_value(_SQL["prune"], before)
        return gone


def _notice(row: Row) -> Notice:
    data = orjson.loads(row["data"])
    return Notice(UUID(int=row["id"].int), row["no"], row["kind"], row["party"], data, row["at"])
