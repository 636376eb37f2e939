"""Keeps what publishers were promised: finds the bid that a call came for, and its auction.

After a restart the promises are those of the database, so a bid given before still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

import trio

from actors.shelter import Shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.inputs_codec import INPUTS
from auctiond.calls.leads import Lead
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.editions import Editions
from auctiond.networks.network_book import Edition, NetworkBook
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.rtb import RtbPings, RtbRow
from auctiond.rtb.live import LiveBids
from auctiond.rtb.matching import Knock, Match, match
from auctiond.rtb.numbers import own_number
from auctiond.rtb.offer import still_good
from auctiond.rtb.ping import Facts
from auctiond.rtb.rows import bid_of
from compliance.screening import normalise
from market.call import BidCame, BidsClosed, Call, Event
from market.money import Micros
from market.network import TrackingNumber
from market.rtb import RtbDoor
from routing.repeats import seen_of, without_repeats
from routing.snapshot import Snapshot

USE_S = 1.0  # One write; a database that needs longer is away, and the caller waits.
USE_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Entry:
    """By what a call comes in: whose it is, and what its publisher was promised."""

    snapshot: Snapshot | None
    number: TrackingNumber | None
    refused: str = ""  # Why it is not taken, by a door's policy.
    rtb: str = ""  # The bid whose promise it has, in hex.
    promised: Micros = Micros(0)
    facts: Facts = ()
    found: Match | None = None


@dataclass(frozen=True, slots=True)
class Keeper:
    networks: NetworkBook
    live: LiveBids
    store: RtbPings
    shelter: Shelter
    call_log: CallLog
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    index: Callable[[str], bytes]
    doors: dict[int, Mapping[str, RtbDoor]] = field(default_factory=dict)  # Of one version.

    async def load(self, editions: Editions) -> None:
        """Take up the promises of the last run, and the networks they were made with."""
        rows = await self.store.known(self.now_ms())
        for version in {row.network for row in rows}:
            await editions.need(version)
        for row in rows:
            door = self._door_of(row)
            if door is not None and not self.live.is_full:
                self.live.put(bid_of(row, door))
        self.log.info("rtb.recovered", bids=len(self.live))

    def enter(self, call: Call, lead: Lead, edition: Edition) -> Entry | None:
        """Return how a call comes in that has to do with a door; None: it has not."""
        number = normalise(lead.caller)
        caller = self.index(number) if number else b""
        knock = Knock(call.id, call.tracking_number, call.arrived_ms, caller, lead.bid)
        found = match(knock, self.live, self._by_number(edition))
        return None if found is None else self._entry(call, found, edition.snapshot)

    async def note(self, call: Call, entry: Entry) -> None:
        """Put on record what a call came for, and that a promise has its call now."""
        found = entry.found
        if found is None:
            return
        door = found.door.id if found.door is not None else ""
        self.metrics.rtb_calls(door, found.how).inc()
        told = {"door": door, "how": found.how, "deal": found.deal}
        if found.bid is not None:
            told["bid"] = str(found.bid.id)
        self.call_log.note(call.id, "rtb", told)
        if not entry.rtb or found.bid is None:
            return
        done = trio.Event()
        self.shelter.start("rtb_use", partial(self._use, found.bid.id, call, done))
        with trio.move_on_after(USE_S):
            await done.wait()

    def recall(self, call: Call) -> BidsClosed | None:
        """Return the auction that was held for the promise of `call`; None: hold one now."""
        bid = self.live.get(UUID(call.rtb)) if call.rtb else None
        if bid is None or bid.network != call.network or call.tier >= len(bid.auctions):
            return None
        recorded = bid.auctions[call.tier]
        closed = still_good(recorded, self.now_ms())
        closed = self._without_repeats(call, closed) if closed is not None else None
        if closed is None:
            return None
        inputs = bid.inputs[call.tier] if closed.ranked == recorded.ranked else None
        if inputs is not None:
            self.call_log.note(call.id, INPUTS, inputs)
        return replace(closed, asked_as=bid.id.hex)

    def _without_repeats(self, call: Call, closed: BidsClosed) -> BidsClosed | None:
        """Leave out whom this caller may not reach again: at the ping, nobody knew the caller."""
        if not call.past and not call.anonymous:
            return closed
        snapshot = self.networks.edition(call.network).snapshot
        repeats, campaign = snapshot.repeats, call.campaign
        seen = seen_of(campaign, call.past, call.anonymous, self.now_ms(), repeats)
        targets = tuple(snapshot.target(bid.target) for bid in closed.ranked)
        kept, again = without_repeats(targets, seen, campaign, repeats)
        if not again:
            return closed
        ids = {target.id for target in kept}
        ranked = tuple(bid for bid in closed.ranked if bid.target in ids)
        return replace(closed, ranked=ranked, others=closed.others + again) if ranked else None

    def hear(self, auction: UUID, event: Event) -> bool:
        """Take in a bid that came in time after the promise was made; tell whether it was ours."""
        bid = self.live.get(auction)
        if bid is None or not isinstance(event, BidCame) or event.bid is None or not bid.auctions:
            return False
        *before, closed = bid.auctions
        better = tuple(one for one in closed.ranked if one.target not in event.worse)
        worse = tuple(one for one in closed.ranked if one.target in event.worse)
        others = tuple(one for one in closed.others if one.target != event.bid.target)
        amended = replace(closed, ranked=(*better, event.bid, *worse), others=others)
        bid.auctions = (*before, amended)
        bid.inputs = (*bid.inputs[:-1], None)  # They do not tell of this one.
        return True

    def _entry(self, call: Call, found: Match, current: Snapshot) -> Entry:
        door, bid = found.door, found.bid
        if door is None or found.deal == "refuse":
            number = _shown(call, door, current) if door is not None else None
            return Entry(current, number, refused=found.how, found=found)
        if found.deal == "ordinary" or bid is None:
            return Entry(current, _shown(call, door, current), found=found)
        bid.used_by = call.id
        snapshot = current
        if self.networks.has(bid.network):
            snapshot = self.networks.edition(bid.network).snapshot
        shown = _shown(call, door, snapshot)
        return Entry(snapshot, shown, "", bid.id.hex, bid.promised, bid.facts, found)

    def _by_number(self, edition: Edition) -> Mapping[str, RtbDoor]:
        version = edition.snapshot.version
        if version not in self.doors:
            self.doors.clear()
            self.doors[version] = {
                number: door
                for door in edition.snapshot.network.rtb
                for number in (*door.numbers, door.shared_number)
                if number
            }
        return self.doors[version]

    def _door_of(self, row: RtbRow) -> RtbDoor | None:
        if not self.networks.has(row.network):
            return None
        doors = self.networks.edition(row.network).snapshot.network.rtb
        return next((door for door in doors if door.id == row.door), None)

    async def _use(self, bid: UUID, call: Call, done: trio.Event) -> None:
        while True:
            try:
                await self.store.use(bid, call.id, call.arrived_ms)
            except PgAway:
                await trio.sleep(USE_AGAIN_S)
            except PgError as error:
                self.log.error("rtb.use_lost", error, call=call.id)
                break
            else:
                break
        done.set()


def _shown(call: Call, door: RtbDoor, snapshot: Snapshot) -> TrackingNumber | None:
    """Return the number that was dialled; of a call by SIP, the one that buyers see it under."""
    return snapshot.number(call.tracking_number) or own_number(door, snapshot.network)
