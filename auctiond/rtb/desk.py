"""The desk where publishers ask for a price: who asks waits, the work is not his.

A request that is hung up takes nothing along: the auction and the promise are the server's own
tasks. Everybody who asks the same at the same moment waits for the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import trio

from actors.shelter import Shelter
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.network_book import Edition, NetworkBook
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import QueueFull
from auctiond.pg.rtb import RtbRow
from auctiond.rtb.answers import Answer
from auctiond.rtb.gate import Gate, No
from auctiond.rtb.live import LiveBid
from auctiond.rtb.ping import Facts, RtbPing, read_ping
from auctiond.rtb.promiser import Asked, Promiser
from auctiond.rtb.rows import row_of_refusal
from market.rtb import NO_BID, RtbDoor

# A flood must not be written down; who was refused after an auction always is.
UNWRITTEN = frozenset(("rate_limited", "caller_rate_limited", "busy"))
WAIT_S = 1.0  # Beyond the deadline: only a bug makes an answer so late.
Key = tuple[str, bytes, Facts, bool]


@dataclass(slots=True)
class Pending:
    done: trio.Event = field(default_factory=trio.Event)
    result: LiveBid | No = field(default_factory=lambda: No("internal"))


@dataclass(frozen=True, slots=True)
class BidDesk:
    networks: NetworkBook
    gate: Gate
    promiser: Promiser
    shelter: Shelter
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    new_id: Callable[[], UUID]
    index: Callable[[str], bytes]  # What a number is looked up by; it tells nothing.
    pending: dict[Key, Pending] = field(default_factory=dict)
    asking: set[UUID] = field(default_factory=set)  # Auctions that go on.
    is_busy: Callable[[], bool] = lambda: False  # Asked for each auction: is it one too many?
    doors: dict[int, dict[str, RtbDoor]] = field(default_factory=dict)  # Of one version.

    def door(self, id_: str) -> RtbDoor | None:
        """Return the door `id_` of the current network."""
        edition = self.networks.current
        if edition is None:
            return None
        version = edition.snapshot.version
        if version not in self.doors:
            self.doors.clear()
            self.doors[version] = {door.id: door for door in edition.snapshot.network.rtb}
        return self.doors[version].get(id_)

    async def ask(
        self, door: RtbDoor, fields: Mapping[str, str], start: float, *, test: bool = False
    ) -> Answer:
        """Return the answer to a ping that came at `start` (trio's clock)."""
        edition = self.networks.current
        assert edition is not None
        snapshot = edition.snapshot
        campaign = snapshot.campaign(door.campaign)
        ping = read_ping(door, snapshot.network, campaign, fields, self.index, test=test)
        answer = await self._answer(ping, edition, start)
        took_s = trio.current_time() - start
        self.metrics.rtb_seconds.observe(took_s)
        self.metrics.rtb_overshoot_seconds.observe(max(0.0, took_s - door.deadline_ms / 1000))
        told = answer.reason or ("cached" if 230 in answer.warnings else "bid")
        self.metrics.rtb_pings(door.id, told).inc()
        return answer

    async def _answer(self, ping: RtbPing, edition: Edition, start: float) -> Answer:
        now_ms = self.now_ms()
        self.gate.live.sweep(now_ms)
        no = self.gate.refuse(ping, trio.current_time(), now_ms)
        if no is None and ping.force in NO_BID:
            no = No(ping.force)
        if no is not None:
            return self._refused(ping, edition, self.new_id(), no)
        cached = self.gate.cached(ping, now_ms)
        if cached is not None:
            return self._given(ping, cached, (230,))
        if self.is_busy():
            return self._refused(ping, edition, self.new_id(), No("busy"))
        return await self._wait(ping, edition, start)

    async def _wait(self, ping: RtbPing, edition: Edition, start: float) -> Answer:
        key = (ping.door.id, ping.caller.index, ping.facts, ping.test)
        known = self.pending.get(key) if ping.caller.index else None
        asked = Asked(self.new_id(), ping, edition, start)
        waiting = known or Pending()
        if known is None:
            self.pending[key] = waiting
            self.asking.add(asked.id)
            self.shelter.start("rtb", partial(self._make, asked, key, waiting))
        with trio.move_on_at(start + ping.door.deadline_ms / 1000 + WAIT_S):
            await waiting.done.wait()
        if isinstance(waiting.result, No):
            refusal_id = asked.id if known is None else self.new_id()
            return self._refused(ping, edition, refusal_id, waiting.result, asked)
        return self._given(ping, waiting.result, (230,) if known is not None else ())

    async def _make(self, asked: Asked, key: Key, waiting: Pending) -> None:
        """Make the promise by the deadline; who waits is told, whatever happens."""
        try:
            with trio.move_on_at(asked.start + asked.ping.door.deadline_ms / 1000) as scope:
                waiting.result = await self.promiser.make(asked)
            if scope.cancelled_caught:
                waiting.result = No("too_late")
        finally:
            if self.pending.get(key) is waiting:
                del self.pending[key]
            self.asking.discard(asked.id)
            self.metrics.rtb_bids.set(len(self.gate.live))
            waiting.done.set()

    def _given(self, ping: RtbPing, bid: LiveBid, more: tuple[int, ...]) -> Answer:
        known = {200: not bid.caller, 205: bid.number and ping.door.sip_host, 220: bid.test}
        warnings = tuple(code for code, is_so in known.items() if is_so)
        return Answer(bid.id, self.now_ms(), bid, warnings=warnings + more)

    def _refused(
        self, ping: RtbPing, edition: Edition, id_: UUID, no: No, asked: Asked | None = None
    ) -> Answer:
        now_ms = self.now_ms()
        if asked is not None or no.reason not in UNWRITTEN:
            why = f"{no.reason}:{no.detail}" if no.detail else no.reason
            auctions = asked.auctions if asked is not None else ()
            network = edition.snapshot.version
            row = row_of_refusal(id_, now_ms, ping, network, why, auctions)
            self.shelter.start("rtb_row", partial(self._write, row))
        return Answer(id_, now_ms, reason=no.reason, detail=no.detail)

    async def _write(self, row: RtbRow) -> None:
        try:
            await self.promiser.store.add(row)
        except (PgAway, PgError, QueueFull) as error:
            self.log.error("rtb.row_lost", error, door=row.door)
