"""Money around a call: the hold before a buyer is rung, and what becomes of it.

A hold is money, cap units and a slot in one move. Ids and bodies are made from the call
alone, so that a restart makes the very same moves again, and they count once.

The log goes first: nothing is settled before what decided it is on record. Else a restart,
which folds the call from its log, could come to another decision than the ledger holds: it
would ring a buyer again on a hold that is ended, or release what was captured.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

import trio

from actors.shelter import Shelter
from auctiond.calls.paying import payout_for
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.network_book import NetworkBook
from ledger.accounts import cap_kind
from ledger.moves import (
    Hold,
    HoldLine,
    Move,
    Release,
    capture_for,
    end_for,
    hold_for,
    use,
    without_slots,
)
from ledger.rules import Insufficient, LedgerError, NotOpen
from market.bids import Bid
from market.call import Call, Event, HoldMade, HoldRefused, Outcome, Reached, Settlement
from market.flows import set_aside
from market.money import Micros
from market.network import price_change_of
from routing.caps import CapUse
from routing.standing import Standings

PAYOUT = "payout"  # The kind of row in a call's log that tells what its publisher gets.
HOLD_GRACE_S = 3600.0  # Beyond the longest call. After that a hold is the sweeper's.
COUNTED: Mapping[Reached, tuple[str, ...]] = {  # Caps that stay used up without a sale.
    Reached.NOBODY: (),
    Reached.RUNG: ("calls",),
    Reached.ANSWERED: ("calls", "connects"),
}


class Applied(Protocol):
    @property
    def new(self) -> bool: ...
    @property
    def balances(self) -> Mapping[str, tuple[int, int]]: ...


class OpenHold(Protocol):
    @property
    def hold(self) -> Hold: ...
    @property
    def age_s(self) -> float: ...


class Book(Protocol):
    """The ledger, wherever it is kept."""

    async def apply(self, move: Move) -> Applied: ...
    async def replace(self, end: Release, hold: Hold) -> Applied: ...
    async def open_holds(self, older_than: timedelta) -> Sequence[OpenHold]: ...


class Usage:
    """What bounded accounts hold, as far as this process has heard: for routing, not for money."""

    def __init__(self) -> None:
        self._balances: dict[str, tuple[int, int]] = {}
        self.standings = Standings(self._balances)  # What routing keeps of these balances.
        self.news: dict[str, tuple[int, int]] | None = None  # For the other workers, if there are.

    def available(self, account: str) -> tuple[int, int]:
        """Return (posted, held) of `account`; (0, 0) if it was never used."""
        return self._balances.get(account, (0, 0))

    def update(self, balances: Mapping[str, tuple[int, int]]) -> None:
        """Take over newer balances."""
        if self.news is not None:
            self.news.update(balances)
        self.hear(balances)

    def hear(self, balances: Mapping[str, tuple[int, int]]) -> None:
        """Take over balances that the other workers know already."""
        self._balances.update(balances)
        self.standings.moved(balances)


class Bank:
    def __init__(
        self,
        book: Book,
        usage: Usage,
        networks: NetworkBook,
        shelter: Shelter,
        metrics: Metrics,
        log: Log,
        on_record: Callable[[], Awaitable[None]],
        note: Callable[[UUID, str, Mapping[str, object]], None] = lambda *_: None,
    ) -> None:
        self._note = note  # Puts on a call's record what moves nothing.
        self._on_record = on_record  # Returns when all that happened so far is on record.
        self._book = book
        self._usage = usage
        self._networks = networks
        self._shelter = shelter
        self._metrics = metrics
        self._log = log

    async def hold(self, call: Call, now_ms: int) -> Event:
        """Set aside what the current bid of `call` needs, or tell what could not give."""
        assert call.bid is not None
        try:
            await self.apply(self._hold_of(call, call.leg, call.bid, call.awarded_ms))
        except Insufficient as error:
            self._metrics.holds("refused").inc()
            return HoldRefused(at_ms=now_ms, leg=call.leg, reason=_reason(error.account))
        except LedgerError as error:  # A bug of ours, or somebody else leads this call: no hold.
            self._log.error("hold.impossible", error, call=call.id, leg=call.leg)
            return HoldRefused(at_ms=now_ms, leg=call.leg, reason="hold_refused:ledger")
        self._metrics.holds("made").inc()
        return HoldMade(at_ms=now_ms, leg=call.leg)

    async def settle(self, call: Call, settlement: Settlement) -> None:
        """Do what `settlement` says. Cancelled or not, it is then done in the background."""
        done = trio.Event()
        self._shelter.start("settle", partial(self._settle, call, settlement, done))
        await done.wait()

    async def _settle(self, call: Call, settlement: Settlement, done: trio.Event) -> None:
        try:
            self._metrics.settles(settlement.outcome.name.lower()).inc()
            if settlement.outcome is Outcome.REVIEW:
                why = settlement.why
                self._log.warning("call.review", call=call.id, leg=settlement.leg, why=why)
                return
            self._tell_payout(call, settlement)
            await self._on_record()
            hold = self._hold_of(call, settlement.leg, settlement.bid, settlement.awarded_ms)
            try:
                await self.apply(self.settling_move(call, settlement, hold))
            except NotOpen:  # The hold was refused or never sent: there is nothing to settle.
                self._log.info("hold.not_open", call=call.id, leg=settlement.leg)
        finally:
            done.set()

    def settling_move(self, call: Call, settlement: Settlement, hold: Hold) -> Move:
        """Return the move that ends `hold` as `settlement` says."""
        if settlement.outcome is Outcome.RELEASE:
            return end_for(hold, counted=COUNTED[settlement.reached])
        publisher = self._networks.edition(call.network).snapshot.publisher(call.publisher)
        price, payout = settlement.bid.pays, payout_for(call, settlement, publisher)
        return capture_for(hold, price=price, publisher=publisher.id, payout=payout.amount)

    def _tell_payout(self, call: Call, settlement: Settlement) -> None:
        told = self.payout_told(call, settlement)
        if told is not None:
            self._note(call.id, PAYOUT, told)

    def payout_told(self, call: Call, settlement: Settlement) -> Mapping[str, object] | None:
        """Return what the publisher gets, of what that is made up, and why not more.

        It belongs on the call's record. None: it is no sale.
        """
        if settlement.outcome is not Outcome.CAPTURE:
            return None
        publisher = self._networks.edition(call.network).snapshot.publisher(call.publisher)
        payout = payout_for(call, settlement, publisher)
        told = {"payout_micros": payout.amount, "of": list(payout.parts), "why": payout.why}
        return {"leg": settlement.leg, "publisher": publisher.id} | told

    def _hold_of(self, call: Call, leg: int, bid: Bid, awarded_ms: int) -> Hold:
        snapshot = self._networks.edition(call.network).snapshot
        target, buyer = snapshot.target(bid.target), snapshot.buyer(bid.buyer)
        price = bid.price
        if bid.confirm:  # There it may rise.
            change = price_change_of(snapshot.campaign(call.campaign), target)
            price = set_aside(change, price, target.price_max)
        awarded = datetime.fromtimestamp((awarded_ms or call.arrived_ms) / 1000, UTC)
        uses = snapshot.limits.uses(target.id, call.campaign, call.publisher, awarded)
        lasts_ms = int((call.longest_s + HOLD_GRACE_S) * 1000)
        return hold_for(
            call.id,
            leg,
            buyer=buyer.id,
            price=price,
            credit=buyer.credit,
            uses=[_line(cap, price) for cap in uses],
            expires_ms=call.arrived_ms + lasts_ms,
        )

    async def apply(self, move: Move) -> None:
        """Make a move, and remember what the accounts hold after it."""
        applied = await self._book.apply(move)
        self._usage.update(applied.balances)

    async def free_slots(self, hold: Hold) -> bool:
        """Give back the slots of `hold`, and keep the rest held; False: it has none."""
        moves = without_slots(hold)
        if moves is None:
            return False
        applied = await self._book.replace(*moves)
        self._usage.update(applied.balances)
        return True

    async def open_holds(self, older_than: timedelta) -> list[OpenHold]:
        """Return the holds older than that which were not ended."""
        return list(await self._book.open_holds(older_than))


def _line(cap: CapUse, price: Micros) -> HoldLine:
    return use(cap.account, 1 if cap.amount_kind == "one" else price, cap.limit)


def _reason(account: str) -> str:
    """Return why a hold was refused: which account had not enough, and whose it is."""
    kind, _, rest = account.partition(":")
    if kind == "wallet":
        return "hold_refused:balance"
    owner, _, name = rest.partition(":")
    whose = f":{owner.partition('/')[0]}" if "/" in owner else ""
    if cap_kind(account):
        return f"hold_refused:cap{whose}:{name.partition(':')[0]}"
    return f"hold_refused:concurrency{whose}"
