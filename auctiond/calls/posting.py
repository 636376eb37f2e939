"""The winner gets the lead, after the connect: it is put on record, then it leaves, once.

Posts go over the ping wire: the same hosts, the same guard against private addresses, and
a connection that is already warm. What came of it is told to the call; what nobody knows the end
of is reposting.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import trio

from actors.shelter import Shelter
from auctiond.calls.handing import disclosed, hand_over, lead_request, tell_of
from auctiond.calls.leads import Lead
from auctiond.calls.tokens import TokenOf, no_token
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.wire import Wire
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.disclosures import Disclosure
from auctiond.pg.errors import PgAway
from auctiond.pg.posts import PostEnd, Posts
from buyers.codec import BoundBuyer, Unmapped
from market.bids import Bid
from market.call import Call, Event
from market.flows import post_again_after_s
from market.http import HttpRequest

WRITE_AGAIN_S = 2.0  # While the database is away.
LEASE_S = 60.0  # By then a try has ended and is on record, or its server is dead.


@dataclass(frozen=True, slots=True)
class Poster:
    wire: Wire
    shelter: Shelter
    networks: NetworkBook
    posts: Posts
    tell: Callable[[UUID, Event], object]
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    token_of: TokenOf = no_token

    def post_soon(self, call: Call, lead: Lead) -> None:
        """Hand the lead to the buyer that talks to the caller; a short talk does not undo that."""
        self.shelter.start("post", partial(self._post, call, lead))

    async def _post(self, call: Call, lead: Lead) -> None:
        """Post once. What is disclosed is on record before, and that row is also the claim:
        whoever wrote it posts, and nobody after him.
        """
        assert call.bid is not None
        buyer = self.networks.edition(call.network).buyers.get(call.bid.target)
        if buyer is None:
            return
        try:
            request = lead_request(buyer, call, lead.personal, self.now_ms(), self.token_of(buyer))
        except Unmapped as error:
            self.log.error("post.unmapped", call=call.id, leg=call.leg, field=error.field)
            self._tell(call, PostEnd("unsent", error.reason))
            return
        if request is None:
            return
        told = self._disclosure(call, call.bid, sorted(disclosed(call, lead.personal)))
        if await self._begin(told):
            await self._hand_over(call, buyer, request)

    async def _hand_over(self, call: Call, buyer: BoundBuyer, request: HttpRequest) -> None:
        self.metrics.disclosures("connected").inc()
        end = await hand_over(self.wire, buyer, request)
        self.metrics.posts(end.outcome).inc()
        self._tell(call, end)
        if end.outcome == "unknown":
            self.log.warning("post.unknown", call=call.id, leg=call.leg, reason=end.reason)
        again_s = post_again_after_s(end.outcome, 1, idempotent=buyer.idempotent)
        due = None if again_s is None else self._at(again_s)
        while True:
            try:
                await self.posts.end(call.id, call.leg, 1, end, self._at(0), due)
            except PgAway:
                self.log.warning("post.not_recorded_yet", call=call.id, leg=call.leg)
                await trio.sleep(WRITE_AGAIN_S)
            else:
                return

    async def _begin(self, told: Disclosure) -> bool:
        """Tell whether this post is ours to make. Without a database it waits, and is late."""
        while True:
            try:
                return await self.posts.begin(told, self._at(LEASE_S))
            except PgAway:
                self.log.warning("post.put_off", call=told.call_id, leg=told.leg)
                await trio.sleep(WRITE_AGAIN_S)

    def _tell(self, call: Call, end: PostEnd) -> None:
        tell_of(self.tell, call.id, call.leg, end, self.now_ms())

    def _disclosure(self, call: Call, bid: Bid, fields: list[str]) -> Disclosure:
        moment, at = "connected", self._at(0)
        return Disclosure(call.id, call.leg, bid.target, bid.buyer, tuple(fields), moment, at)

    def _at(self, later_s: float) -> datetime:
        now = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        return now + timedelta(seconds=later_s)
