"""What a winner is told: the confirm before the ring, the full lead after the connect.

Posts go over the ping wire: the same hosts, the same guard against private addresses, and
a connection that is already warm. They are never repeated: no answer is "unknown".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import trio

from actors.shelter import Shelter
from auctiond.calls.asking import ask_for, auction_id
from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Lead
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.wire import Wire, WireError
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.disclosures import Disclosure, Disclosures
from auctiond.pg.errors import PgAway
from buyers.codec import Unmapped, make_confirm, make_post, read_confirm, read_post
from compliance.fields import Moment, select
from market.bids import Bid
from market.call import Call, Confirmed, ConfirmFailed, Event

CONFIRM_S = 2.0  # The caller hears music meanwhile.
CLAIM_AGAIN_S = 2.0  # While the database is away.
POST_S = 10.0  # Nobody waits for it, but an agent would like the lead on the screen.


@dataclass(frozen=True, slots=True)
class Poster:
    wire: Wire
    shelter: Shelter
    networks: NetworkBook
    disclosures: Disclosures
    call_log: CallLog
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]

    async def confirm(self, call: Call) -> Event:
        """Return whether the buyer of the current bid stands by it. No personal data leaves."""
        assert call.bid is not None
        edition = self.networks.edition(call.network)
        buyer, campaign = edition.buyers[call.bid.target], edition.snapshot.campaign(call.campaign)
        request = make_confirm(buyer, call.bid, ask_for(call, campaign))
        if request is None:
            return Confirmed(at_ms=self.now_ms(), leg=call.leg)
        try:
            with trio.fail_after(CONFIRM_S):
                reply = await self.wire.send(request)
        except (WireError, trio.TooSlowError):
            return ConfirmFailed(at_ms=self.now_ms(), leg=call.leg, reason="confirm_unknown")
        result = read_confirm(buyer, reply)
        if not result.ok:
            return ConfirmFailed(at_ms=self.now_ms(), leg=call.leg, reason=result.reason)
        return Confirmed(at_ms=self.now_ms(), leg=call.leg, destination=result.destination)

    def post_soon(self, call: Call, lead: Lead) -> None:
        """Hand the lead to the buyer that talks to the caller; a short talk does not undo that."""
        self.shelter.start("post", partial(self._post, call, lead))

    async def _post(self, call: Call, lead: Lead) -> None:
        """Post once, and put on record first what is disclosed.

        That row is also the claim: whoever wrote it posts, and nobody after him. A crash between
        the row and the post costs the buyer the lead's data, which is better than twice.
        """
        assert call.bid is not None
        buyer = self.networks.edition(call.network).buyers.get(call.bid.target)
        if buyer is None:
            return
        fields = select(dict(call.facts) | dict(lead.personal), Moment.CONNECTED)
        try:
            request = make_post(buyer, call.bid, fields | {"auction_id": auction_id(call)})
        except Unmapped as error:
            self.log.error("post.unmapped", call=call.id, leg=call.leg, field=error.field)
            return
        if request is None:
            return
        if not await self._claim(self._disclosure(call, call.bid, sorted(fields))):
            return
        self.metrics.disclosures("connected").inc()
        outcome = "unknown"
        try:
            with trio.fail_after(POST_S):
                result = read_post(buyer, await self.wire.send(request))
                outcome = "accepted" if result.ok else f"refused:{result.reason}"
        except (WireError, trio.TooSlowError):
            self.log.warning("post.unknown", call=call.id, leg=call.leg)
        self.call_log.note(call.id, "posted", {"leg": call.leg, "outcome": outcome})

    async def _claim(self, disclosure: Disclosure) -> bool:
        """Tell whether this post is ours to make. Without a database it waits, and is late."""
        while True:
            try:
                return await self.disclosures.add(disclosure)
            except PgAway:
                self.log.warning("post.put_off", call=disclosure.call_id, leg=disclosure.leg)
                await trio.sleep(CLAIM_AGAIN_S)

    def _disclosure(self, call: Call, bid: Bid, fields: list[str]) -> Disclosure:
        at = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        return Disclosure(call.id, call.leg, bid.target, bid.buyer, tuple(fields), "connected", at)
