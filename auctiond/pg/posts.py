"""Leads handed over after the connect: each try and its end, and those whose end nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auctiond.pg.disclosures import Disclosure
from auctiond.pg.door import Pg, Row
from auctiond.pg.sql_file import read_queries
from market.flows import PostOutcome

_SQL = read_queries("posts")


@dataclass(frozen=True, slots=True)
class PostEnd:
    """How one try ended."""

    outcome: PostOutcome
    reason: str = ""
    by: str = "buyer"  # Or the id of the key of whoever decided.


@dataclass(frozen=True, slots=True)
class OpenPost:
    call_id: UUID
    leg: int
    begun: int  # The number of the last try that was begun.
    since: datetime
    due: datetime | None  # When it is looked at again; None: by a person.
    outcome: PostOutcome | None  # Of that try; None: it was interrupted, or is being made.


@dataclass(frozen=True, slots=True)
class PostInDoubt:
    """A post for a person to look into."""

    post: OpenPost
    target: str
    buyer: str


@dataclass(frozen=True, slots=True)
class PostTry:
    leg: int
    no: int
    target: str
    end: PostEnd
    at: datetime


class Posts:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def begin(self, told: Disclosure, due: datetime) -> bool:
        """Record what a post discloses, and begin it. False: somebody did; it is not ours."""
        begun: bool = await self._pg.fetch_value(
            _SQL["begin"],
            told.call_id,
            told.leg,
            told.target,
            told.buyer,
            list(told.fields),
            told.moment,
            told.at,
            due,
        )
        return begun

    async def begin_again(self, post: OpenPost, due: datetime) -> bool:
        """Begin the try after the last one. False: somebody did, or it is settled."""
        query, no = _SQL["begin_again"], post.begun + 1
        begun: bool = await self._pg.fetch_value(query, post.call_id, post.leg, no, due)
        return begun

    async def end(
        self, call_id: UUID, leg: int, no: int, end: PostEnd, at: datetime, due: datetime | None
    ) -> bool:
        """Record how try `no` ended; it is looked at again when it is `due`, or settled.

        What is unknown and not due waits for a person. False: its end was on record already.
        """
        settled = due is None and end.outcome != "unknown"
        told = (end.outcome, end.reason, end.by, at, settled, due)
        new: bool = await self._pg.fetch_value(_SQL["end"], call_id, leg, no, *told)
        return new

    async def resume(self, at: datetime) -> int:
        """Make due what the last run of the server left under way. Before anything is posted."""
        count: int = await self._pg.fetch_value(_SQL["resume"], at)
        return count

    async def due(self, at: datetime, limit: int) -> list[OpenPost]:
        """Return what is to be looked at by now."""
        return [_open(row) for row in await self._pg.fetch(_SQL["due"], at, limit)]

    async def open_one(self, call_id: UUID, leg: int) -> OpenPost | None:
        """Return the post of a leg while it is not settled."""
        row = await self._pg.fetch_row(_SQL["open_one"], call_id, leg)
        return None if row is None else _open(row)

    async def in_doubt(self, limit: int) -> list[PostInDoubt]:
        """Return what nobody knows the end of, newest first."""
        rows = await self._pg.fetch(_SQL["in_doubt"], limit)
        return [PostInDoubt(_open(row), row["target"], row["buyer"]) for row in rows]

    async def count_in_doubt(self) -> int:
        """Return how many that are."""
        count: int = await self._pg.fetch_value(_SQL["count_in_doubt"])
        return count

    async def of_call(self, call_id: UUID) -> list[PostTry]:
        """Return all tries of a call that have ended."""
        return [
            PostTry(
                row["leg"],
                row["try"],
                row["target"],
                PostEnd(row["outcome"], row["reason"], row["by"]),
                row["at"],
            )
            for row in await self._pg.fetch(_SQL["of_call"], call_id)
        ]


def _open(row: Row) -> OpenPost:
    return OpenPost(
        call_id=UUID(int=row["call_id"].int),
        leg=row["leg"],
        begun=row["begun"],
        since=row["since"],
        due=row["due"],
        outcome=row["outcome"],
    )
