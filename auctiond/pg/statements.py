"""A statement of an account over a period: opening, what changed it, closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from auctiond.pg.door import Pg
from auctiond.pg.ledger_book import SQL, STATEMENT_ROWS, StatementLine, read_statement

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # No month was put away.


@dataclass(frozen=True, slots=True)
class Statement:
    """`opening` and `closing` are what was posted; `is_cut`: there are more lines than shown."""

    account: str
    since: datetime
    until: datetime
    opening: int
    lines: tuple[StatementLine, ...]
    is_cut: bool = False
    asked_from: datetime | None = None  # Where months were put away that were asked for too.

    @property
    def closing(self) -> int:
        """What was posted after the last line."""
        return self.opening + sum(line.posted_change for line in self.lines)


async def read_whole_statement(
    pg: Pg, account: str, since: datetime, until: datetime, rows_max: int = STATEMENT_ROWS
) -> Statement:
    """Return the statement of `account` from `since` up to `until`."""
    kept_from = datetime.combine(await pg.fetch_value(SQL["kept_from"]), time(), UTC)
    asked_from = since if since < kept_from > _NEVER else None
    since = max(since, kept_from)
    opening = int(await pg.fetch_value(SQL["opening"], account, since))
    lines = await read_statement(pg, account, since, until, rows_max + 1)
    is_cut = len(lines) > rows_max
    return Statement(account, since, until, opening, tuple(lines[:rows_max]), is_cut, asked_from)
