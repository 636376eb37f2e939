"""The ledger's moves, newest first, page by page: each page begins where the last one ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import orjson

from auctiond.pg.door import Pg, Row
from auctiond.pg.ledger_book import OPEN_WITHIN, OpenHold, open_hold
from auctiond.pg.sql_file import read_queries
from ledger.accounts import is_bounded
from ledger.body import read_body
from ledger.moves import Hold, Move

_SQL = read_queries("entries")
NEVER = (date(9999, 1, 1), 0)
END = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1))


class BadCursor(ValueError):
    """It is none that a page ended with."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A move, when it was recorded, and what the account that was asked for had after it."""

    move: Move
    at: datetime
    call_id: UUID | None
    cursor: str
    hold: Hold | None = None  # What the move ended.
    posted: int | None = None
    held: int | None = None


class Entries:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def page(self, account: str | None, before: str, limit: int) -> list[Entry]:
        """Return the newest moves before the cursor `before` ("": all). Raises BadCursor."""
        if account is None:
            rows = await self._pg.fetch(_SQL["moves"], _uuid(before) if before else None, limit)
            return [_entry(row, str(row["id"])) for row in rows]
        if is_bounded(account):
            month, seq = _month_cursor(before) if before else NEVER
            rows = await self._pg.fetch(_SQL["of_bounded"], account, month, seq, limit)
            return [_entry(row, f"{row['month']}.{row['seq']}", own=True) for row in rows]
        at, id_ = _time_cursor(before) if before else END
        rows = await self._pg.fetch(_SQL["of_unbounded"], account, at, id_, limit)
        return [_entry(row, f"{_us(row['at'])}.{row['id']}") for row in rows]

    async def open_holds(self, after: str, limit: int) -> list[OpenHold]:
        """Return holds that have not ended, after the hold `after` ("": all). Raises BadCursor."""
        first = _uuid(after) if after else UUID(int=0)
        rows = await self._pg.fetch(_SQL["open_holds"], first, OPEN_WITHIN, limit)
        return [open_hold(row) for row in rows]

    async def knows(self, account: str) -> bool:
        """Tell whether an account was ever used."""
        known: bool = await self._pg.fetch_value(_SQL["knows"], account)
        return known


def _entry(row: Row, cursor: str, *, own: bool = False) -> Entry:
    move = read_body(row["body"])
    told = orjson.loads(row["hold_body"] or row["body"]).get("call")
    call_id = UUID(told) if told else None
    hold = read_body(row["hold_body"]) if row["hold_body"] else None
    after = (row["posted"], row["held"]) if own else (None, None)
    return Entry(move, row["at"], call_id, cursor, hold if isinstance(hold, Hold) else None, *after)


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor(text) from None


def _month_cursor(text: str) -> tuple[date, int]:
    month, _, seq = text.partition(".")
    try:
        return date.fromisoformat(month), int(seq[:18])
    except ValueError:
        raise BadCursor(text) from None


def _time_cursor(text: str) -> tuple[datetime, UUID]:
    us, _, id_ = text.partition(".")
    try:
        return datetime.fromtimestamp(int(us[:17]) / 1_000_000, UTC), _uuid(id_)
    except (ValueError, OverflowError, OSError):
        raise BadCursor(text) from None
