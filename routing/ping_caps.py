"""How many pings a minute and a day may go to a target or a buyer, or come of a publisher. Pure.

Counted in memory, for every ping that goes out, whatever becomes of it: a ping costs the buyer's
server, not its wallet. Time comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from market.bids import TargetId
from market.network import Network
from market.value import dataclass
from routing.hours import zone_of

MINUTE_MS = 60_000
Period = Literal["minute", "day"]


class Pinged(Protocol):
    """What may have ping caps."""

    @property
    def pings_per_minute(self) -> int | None: ...
    @property
    def pings_per_day(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class PingCap:
    """At most `limit` pings a period. `meter` names who counts them, and until when."""

    meter: str  # "target/ID minute"
    period: Period
    limit: int
    zone: tzinfo
    reason: str


@dataclass(frozen=True, slots=True)
class PingCaps:
    """The ping caps of a network, by whose they are. Who has none is not in."""

    targets: Mapping[TargetId, tuple[PingCap, ...]]  # Its own, and its buyer's.
    publishers: Mapping[str, tuple[PingCap, ...]]

    def of(self, target: TargetId, publisher: str) -> tuple[PingCap, ...]:
        """Return the caps that a ping to `target` for a call of `publisher` counts on."""
        return self.targets.get(target, ()) + self.publishers.get(publisher, ())


@dataclass(frozen=True, slots=True)
class PingCount:
    """So many pings of `meter`, until its period ends."""

    meter: str
    until_ms: int
    pings: int


class PingCounts:
    """The pings of this minute and this day, for one process."""

    def __init__(self) -> None:
        self._counts: dict[str, PingCount] = {}
        self.news: dict[str, PingCount] | None = None  # Not yet told to the other processes.

    def take(self, caps: Iterable[PingCap], at_ms: int) -> str:
        """PingCount a ping that is about to go out on all of `caps`; or return why it may not."""
        counts = [self._now(cap, at_ms) for cap in caps]
        for cap, count in zip(caps, counts, strict=True):
            if count.pings >= cap.limit:
                return cap.reason
        for count in counts:
            self._counts[count.meter] = _plus(count, 1)
            if self.news is not None:
                self.news[count.meter] = _plus(_same(self.news.get(count.meter), count), 1)
        return ""

    def hear(self, told: Iterable[PingCount]) -> None:
        """Add the pings of other processes."""
        for count in told:
            mine = _same(self._counts.get(count.meter), count)
            if count.until_ms >= mine.until_ms:
                self._counts[count.meter] = _plus(mine, count.pings)

    def all(self, at_ms: int) -> list[PingCount]:
        """Return the counts of what is not over."""
        return [count for count in self._counts.values() if count.until_ms > at_ms]

    def of_days(self, at_ms: int) -> list[PingCount]:
        """Return the counts of days that are not over: what is worth keeping over a restart."""
        return [
            count
            for count in self._counts.values()
            if count.meter.endswith(" day") and count.until_ms > at_ms
        ]

    def restore(self, kept: Iterable[PingCount]) -> None:
        """Go on from what was kept."""
        self._counts.update({count.meter: count for count in kept})

    def _now(self, cap: PingCap, at_ms: int) -> PingCount:
        count = self._counts.get(cap.meter)
        if count is not None and at_ms < count.until_ms:
            return count
        return PingCount(cap.meter, _end_ms(cap, at_ms), 0)


def _plus(count: PingCount, pings: int) -> PingCount:
    return PingCount(count.meter, count.until_ms, count.pings + pings)


def _same(known: PingCount | None, count: PingCount) -> PingCount:
    """Return what is known of the period of `count`: nothing, if it is a newer one."""
    if known is not None and known.until_ms >= count.until_ms:
        return known
    return PingCount(count.meter, count.until_ms, 0)


def compile_ping_caps(network: Network) -> PingCaps:
    """Return the ping caps of `network`."""
    buyers = {
        one.id: _caps(one, f"buyer/{one.id}", "buyer:", ZoneInfo(one.zone))
        for one in network.buyers
    }
    targets = {
        one.id: _caps(one, f"target/{one.id}", "", zone_of(one)) + buyers[one.buyer]
        for one in network.targets
        if one.ping is not None
    }
    publishers = {
        one.id: _caps(one, f"publisher/{one.id}", "publisher:", ZoneInfo(one.zone))
        for one in network.publishers
    }
    return PingCaps(
        {id_: caps for id_, caps in targets.items() if caps},
        {id_: caps for id_, caps in publishers.items() if caps},
    )


def _caps(pinged: Pinged, owner: str, who: str, zone: tzinfo) -> tuple[PingCap, ...]:
    limits: tuple[tuple[Period, int | None], ...] = (
        ("minute", pinged.pings_per_minute),
        ("day", pinged.pings_per_day),
    )
    return tuple(
        PingCap(f"{owner} {period}", period, limit, zone, f"ping_cap:{who}{period}")
        for period, limit in limits
        if limit is not None
    )


def _end_ms(cap: PingCap, at_ms: int) -> int:
    """Return when the period of `cap` that `at_ms` is in ends: a minute, or midnight there."""
    if cap.period == "minute":
        return (at_ms // MINUTE_MS + 1) * MINUTE_MS
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(cap.zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), cap.zone)
    return int(tomorrow.timestamp() * 1000)
