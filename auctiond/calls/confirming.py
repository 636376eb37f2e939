"""The confirm: a winner is asked whether it stands by its bid, before it is rung. Nothing personal.

What is not answered is unknown: the buyer is not rung, and as it may have reserved an agent, it is
told that we do not come, where its format has a word for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import trio

from actors.shelter import Shelter
from auctiond.calls.asking import ask_for, reserve_for
from auctiond.calls.call_log import CallLog
from auctiond.calls.handing import UNSENT
from auctiond.calls.tokens import TokenOf, no_token
from auctiond.logs import Log
from auctiond.net.wire import Wire, WireError
from auctiond.networks.network_book import NetworkBook
from buyers.codec import Confirmation, Unmapped, make_cancel, make_confirm, read_confirm
from market.call import Call, Confirmed, ConfirmFailed, Event
from market.flows import agree
from market.http import HttpRequest
from market.money import Micros, dollars
from market.network import Target, price_change_of
from routing.snapshot import Snapshot

CONFIRM_S = 2.0  # The caller hears music meanwhile.
CANCEL_S = 5.0  # Nobody waits for it, but the buyer's agent does.


@dataclass(frozen=True, slots=True)
class Confirmer:
    wire: Wire
    shelter: Shelter
    networks: NetworkBook
    call_log: CallLog
    log: Log
    now_ms: Callable[[], int]
    token_of: TokenOf = no_token

    async def confirm(self, call: Call) -> Event:
        """Return whether the buyer of the current bid stands by it, and at which price."""
        assert call.bid is not None
        edition = self.networks.edition(call.network)
        buyer, snapshot = edition.buyers[call.bid.target], edition.snapshot
        try:
            ask = ask_for(call, snapshot, self.now_ms())
            request = make_confirm(buyer, call.bid, ask, self.token_of(buyer))
        except Unmapped as error:
            self.log.error("confirm.unmapped", call=call.id, leg=call.leg, field=error.field)
            return self._failed(call, "confirm_unknown")
        if request is None:
            return Confirmed(at_ms=self.now_ms(), leg=call.leg)
        in_doubt = True  # Whether the buyer may believe that the call is coming, and it is not.
        try:
            with trio.fail_after(CONFIRM_S):
                said = read_confirm(buyer, await self.wire.send(request))
            event = self._judge(call, said, snapshot, buyer.target)
            in_doubt = said.in_doubt if isinstance(event, ConfirmFailed) else False
        except trio.TooSlowError:
            event = self._failed(call, "confirm_unknown")
        except WireError as error:
            event = self._failed(call, "confirm_unknown")
            in_doubt = error.reason not in UNSENT
        finally:  # Also when the caller left meanwhile.
            if in_doubt:
                self._cancel_soon(call, snapshot)
        return event

    def _judge(
        self, call: Call, said: Confirmation, snapshot: Snapshot, target: Target
    ) -> Confirmed | ConfirmFailed:
        """Return what an answer means, once its price is held against what we take."""
        assert call.bid is not None
        if not said.ok:
            return self._failed(call, said.reason)
        bid, price = call.bid.price, None
        if said.price is not None and said.price != bid:
            reserve = reserve_for(call, snapshot).of(call.bid.billable_after_s)
            ceiling = Micros(max(bid, target.price_max))
            change = price_change_of(snapshot.campaign(call.campaign), target)
            price = agree(change, bid, said.price, least=reserve, ceiling=ceiling)
            if price is None:
                return self._failed(call, f"price_reject:{dollars(said.price)}")
        return Confirmed(
            at_ms=self.now_ms(),
            leg=call.leg,
            destination=said.destination,
            price=price if price != bid else None,
        )

    def _failed(self, call: Call, reason: str) -> ConfirmFailed:
        return ConfirmFailed(at_ms=self.now_ms(), leg=call.leg, reason=reason)

    def _cancel_soon(self, call: Call, snapshot: Snapshot) -> None:
        """Tell a buyer that may have reserved for us that we do not come, if it can be told."""
        assert call.bid is not None
        buyer = self.networks.edition(call.network).buyers[call.bid.target]
        try:
            ask = ask_for(call, snapshot, self.now_ms())
            request = make_cancel(buyer, call.bid, ask, self.token_of(buyer))
        except Unmapped as error:
            self.log.error("cancel.unmapped", call=call.id, leg=call.leg, field=error.field)
            return
        if request is not None:
            self.shelter.start("cancel", partial(self._cancel, call, request))

    async def _cancel(self, call: Call, request: HttpRequest) -> None:
        outcome = "unknown"
        try:
            with trio.fail_after(CANCEL_S):
                reply = await self.wire.send(request)
                outcome = "told" if 200 <= reply.status < 300 else f"http:{reply.status}"
        except (WireError, trio.TooSlowError):
            self.log.warning("cancel.unknown", call=call.id, leg=call.leg)
        self.call_log.note(call.id, "cancel", {"leg": call.leg, "outcome": outcome})
