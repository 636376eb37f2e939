"""The day's pings outlive a restart."""

from __future__ import annotations

from datetime import UTC

from auctiond.pg.ping_counts import KeptPings
from routing.ping_caps import PingCap, PingCounts

DAY_MS = 86_400_000
NOON_MS = 20_000 * DAY_MS + DAY_MS // 2
DAY = PingCap("target/a day", "day", 5, UTC, "ping_cap:day")
OTHER = PingCap("buyer/b day", "day", 5, UTC, "ping_cap:buyer:day")


async def test_counts_are_put_in_their_place_and_come_back(pg):
    first = PingCounts()
    for _ in range(3):
        first.take((DAY,), NOON_MS)
        await KeptPings(pg, first).keep(NOON_MS)
    first.take((DAY, OTHER), NOON_MS)
    await KeptPings(pg, first).keep(NOON_MS)
    second = PingCounts()
    await KeptPings(pg, second).restore(NOON_MS)
    assert second.of_days(NOON_MS) == first.of_days(NOON_MS)
    assert [second.take((DAY,), NOON_MS) for _ in range(2)] == ["", "ping_cap:day"]


async def test_yesterday_is_forgotten(pg):
    counts = PingCounts()
    counts.take((DAY,), NOON_MS)
    await KeptPings(pg, counts).keep(NOON_MS)
    late = PingCounts()
    await KeptPings(pg, late).restore(NOON_MS + DAY_MS)
    assert late.of_days(NOON_MS) == []
    late.take((OTHER,), NOON_MS + DAY_MS)
    await KeptPings(pg, late).keep(NOON_MS + DAY_MS)
    rows = await pg.fetch("SELECT meter FROM ping_count")
    assert [row["meter"] for row in rows] == [OTHER.meter]


async def test_nothing_counted_is_nothing_written(pg):
    await KeptPings(pg, PingCounts()).keep(NOON_MS)
    assert await pg.fetch("SELECT meter FROM ping_count") == []
