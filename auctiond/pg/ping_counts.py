"""The day's pings, kept from sweep to sweep: what a kill loses is what went out since the last."""

from __future__ import annotations

from dataclasses import dataclass

from auctiond.logs import Log
from auctiond.pg.door import Pg
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.sql_file import read_queries
from routing.ping_caps import PingCount, PingCounts

_SQL = read_queries("ping_counts")


@dataclass(frozen=True, slots=True)
class KeptPings:
    pg: Pg
    counts: PingCounts

    async def keep(self, now_ms: int) -> None:
        """Keep the counts of days that are not over."""
        days = self.counts.of_days(now_ms)
        if days:
            columns = zip(*((day.meter, day.until_ms, day.pings) for day in days), strict=True)
            await self.pg.execute(_SQL["keep"], *map(list, columns), now_ms)

    async def try_to_keep(self, now_ms: int, log: Log) -> None:
        """Keep the counts at the end of a run, or tell the log why not."""
        try:
            await self.keep(now_ms)
        except (PgAway, PgError) as error:
            log.warning("ping_counts.lost", reason=type(error).__name__)

    async def restore(self, now_ms: int) -> None:
        """Go on from what was kept by the last run."""
        rows = await self.pg.fetch(_SQL["kept"], now_ms)
        self.counts.restore(PingCount(r["meter"], r["until_ms"], r["pings"]) for r in rows)
