"""Posts that nobody knows the end of: asked again by their key, or left to a person, visibly.

A lead leaves a second time only where that cannot make two of it: the buyer's format has a key
that tells a repeated post, or not a byte of the first had left. All else waits in
`auctiond call posts` until a person says what became of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import trio

from auctiond.calls.handing import hand_over, lead_request, tell_of
from auctiond.calls.persons import personal_of
from auctiond.calls.posting import LEASE_S
from auctiond.calls.records import Record, Records
from auctiond.calls.tokens import TokenOf, no_token
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.wire import Wire
from auctiond.networks.editions import Editions
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.errors import PgAway
from auctiond.pg.people import People
from auctiond.pg.posts import OpenPost, PostEnd, Posts
from buyers.codec import BoundBuyer, Unmapped
from market.call import Call, Event
from market.flows import post_again_after_s
from market.http import HttpRequest

LOOK_EVERY_S = 2.0  # The first delay of a second try; an empty look is one short query.
AT_ONCE = 8
DUE_MAX = 200  # Of one look; the rest is still due at the next.


@dataclass(frozen=True, slots=True)
class Again:
    """A post that can be made once more."""

    buyer: BoundBuyer
    request: HttpRequest


@dataclass(frozen=True, slots=True)
class Reposter:
    posts: Posts
    records: Records
    people: People
    vault: Vault
    editions: Editions
    networks: NetworkBook
    wire: Wire
    tell: Callable[[UUID, Event], object]
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    token_of: TokenOf = no_token

    async def resume(self) -> None:
        """Before any call lives: what the last run left under way is due now."""
        count = await self.posts.resume(self._at(0))
        if count:
            self.log.info("posts.resumed", count=count)

    async def run(self) -> None:
        """Look for ever. While the database is away there is nothing to look at."""
        while True:
            await trio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except PgAway as error:
                self.log.warning("posts.put_off", reason=type(error).__name__)

    async def look(self) -> None:
        """Take on what is due by now."""
        limiter = trio.CapacityLimiter(AT_ONCE)

        async def settle(post: OpenPost) -> None:
            async with limiter:
                try:
                    await self._settle(post)
                except PgAway as error:
                    self.log.warning("posts.put_off", reason=type(error).__name__)

        due = await self.posts.due(self._at(0), DUE_MAX)
        async with trio.open_nursery() as nursery:
            for post in due:
                nursery.start_soon(settle, post)

    async def _settle(self, post: OpenPost) -> None:
        """Post again, or leave it to a person: a try that was interrupted may have arrived."""
        again = await self._again(post)
        if post.outcome is None:
            end, now = PostEnd("unknown", "interrupted"), self._at(0)
            due_at = None if again is None else now
            await self.posts.end(post.call_id, post.leg, post.begun, end, now, due_at)
            if again is None:
                return
        if not await self.posts.begin_again(post, self._at(LEASE_S)):
            return
        no = post.begun + 1
        if again is None:
            end, again_s = PostEnd(post.outcome or "unknown", "cannot_ask"), None
        else:
            end = settled_by_key(await hand_over(self.wire, again.buyer, again.request))
            idempotent = again.buyer.idempotent and end.reason != KNOWN_TO_THEM
            again_s = post_again_after_s(end.outcome, no, idempotent=idempotent)
        self.metrics.posts(end.outcome).inc()
        self.log.info("post.again", call=post.call_id, leg=post.leg, how=end.outcome)
        due_at = None if again_s is None else self._at(again_s)
        await self.posts.end(post.call_id, post.leg, no, end, self._at(0), due_at)
        tell_of(self.tell, post.call_id, post.leg, end, self.now_ms())

    async def _again(self, post: OpenPost) -> Again | None:
        """Return the post as it was made, or None when it may not, or cannot, be made again."""
        record = await self.records.get(post.call_id)
        call = at_leg(record, post.leg) if record is not None else None
        if record is None or call is None or call.bid is None:
            return None
        if not await self.editions.need(call.network):
            return None
        buyer = self.networks.edition(call.network).buyers.get(call.bid.target)
        if buyer is None or not (buyer.idempotent or post.outcome == "unsent"):
            return None
        personal = await personal_of(record.row, self.people, self.vault, self.log)
        if not personal:
            return None  # Erased meanwhile.
        try:
            request = lead_request(buyer, call, personal, self.now_ms(), self.token_of(buyer))
        except Unmapped:
            return None
        return None if request is None else Again(buyer, request)

    def _at(self, later_s: float) -> datetime:
        now = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        return now + timedelta(seconds=later_s)


KNOWN_TO_THEM = "reject:duplicate"


def settled_by_key(end: PostEnd) -> PostEnd:
    """Return what the answer to a repeated post means: "duplicate" is most likely our own first."""
    return PostEnd("unknown", end.reason) if end.reason == KNOWN_TO_THEM else end


def at_leg(record: Record, leg: int) -> Call | None:
    """Return the call as it was while it talked in `leg`."""
    life = record.life()
    if leg in life.talks:
        return life.talks[leg]
    bid = life.offers.get(leg)
    return replace(life.call, leg=leg, bid=bid) if bid is not None else None
