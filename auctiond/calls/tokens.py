"""Buyers' tokens (OAuth 2.0): fetched ahead of all pings and renewed before they run out.

Nobody waits for a token: a buyer without a good one is not asked, and that is its reason. A
token lives in memory alone. No log line from here holds one, or an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import trio

from auctiond.logs import Log
from auctiond.net.wire import Wire, WireError
from auctiond.networks.network_book import Edition, NetworkBook
from buyers.bind import BoundBuyer
from buyers.token import BoundToken, Token, read_token
from market.bids import Bid, NoBid

FETCH_S = 10.0  # No ping waits for it.
FETCHES_MAX = 8  # At once: a network has a few such buyers, and a start should not hammer them.
LOOK_EVERY_S = 1.0  # A network that is applied has its tokens about a second later.
AGAIN_S = (2.0, 5.0, 15.0, 60.0)  # After a failure; the last one for ever.
REFUSED_S = 30.0  # A token that is answered 401 is renewed, but not more often than this.
RENEW_AT = 0.8  # Of its life.
REFUSED = ("http", "401")  # What is read of an answer that wants another token.

TokenOf = Callable[[BoundBuyer], str]


def no_token(buyer: BoundBuyer) -> str:
    """Return that there is none."""
    return ""


@dataclass(slots=True)
class Kept:
    """What is known of one token."""

    token: Token | None = None
    fetched_ms: int = 0
    due_ms: int = 0
    failures: int = 0


@dataclass(slots=True)
class TokenDesk:
    book: NetworkBook
    wire: Wire
    log: Log
    now_ms: Callable[[], int]
    kept: dict[bytes, Kept] = field(default_factory=dict)
    wanted: dict[bytes, tuple[str, BoundToken]] = field(default_factory=dict)
    seen: Edition | None = None

    def of(self, buyer: BoundBuyer) -> str:
        """Return the buyer's token, or "": it has none, or wants none."""
        if buyer.token is None:
            return ""
        kept = self.kept.get(buyer.token.key)
        good = kept is not None and kept.token is not None and kept.token.until_ms > self.now_ms()
        return kept.token.text if good and kept and kept.token else ""

    def heard(self, answers: Iterable[Bid | NoBid], edition: Edition) -> None:
        """Have tokens renewed that their buyers take no longer."""
        for answer in answers:
            if not isinstance(answer, NoBid) or (answer.reason, answer.detail) != REFUSED:
                continue
            buyer = edition.buyers.get(answer.target)
            kept = self.kept.get(buyer.token.key) if buyer and buyer.token else None
            if kept is not None:
                kept.due_ms = min(kept.due_ms, kept.fetched_ms + round(REFUSED_S * 1000))

    async def run(self) -> None:
        """Fetch and renew for ever."""
        while True:
            await self.once()
            await trio.sleep(LOOK_EVERY_S)

    async def once(self) -> None:
        """Fetch what is missing or due."""
        self._look()
        now_ms = self.now_ms()
        due = [key for key in self.wanted if self.kept.setdefault(key, Kept()).due_ms <= now_ms]
        limit = trio.CapacityLimiter(FETCHES_MAX)
        async with trio.open_nursery() as nursery:
            for key in due:
                nursery.start_soon(self._fetch, key, limit)

    def _look(self) -> None:
        """Note which tokens the network in force wants; those of a former one may run out."""
        if self.book.current is None or self.book.current is self.seen:
            return
        self.seen = self.book.current
        self.wanted = {token.key: (name, token) for name, token in tokens_of(self.seen)}
        for key in [key for key in self.kept if key not in self.wanted]:
            kept = self.kept[key]
            if kept.token is None or kept.token.until_ms <= self.now_ms():
                del self.kept[key]

    async def _fetch(self, key: bytes, limit: trio.CapacityLimiter) -> None:
        name, bound = self.wanted[key]
        kept = self.kept[key]
        token, why = None, "no usable token in the answer"
        async with limit:
            try:
                with trio.fail_after(FETCH_S):
                    reply = await self.wire.send(bound.request)
                token = read_token(bound, reply, self.now_ms())
                if not 200 <= reply.status < 300:
                    why = f"http:{reply.status}"
            except trio.TooSlowError:
                why = "timeout"
            except WireError as error:
                why = error.reason
        self._keep(name, kept, token, why)

    def _keep(self, name: str, kept: Kept, token: Token | None, why: str) -> None:
        now_ms = self.now_ms()
        kept.fetched_ms = now_ms
        if token is None:  # The former one is good for as long as it said.
            again_s = AGAIN_S[min(kept.failures, len(AGAIN_S) - 1)]
            kept.failures += 1
            kept.due_ms = now_ms + round(again_s * 1000)
            self.log.warning("token.failed", target=name, reason=why, again_s=again_s)
            return
        life_ms = max((token.until_ms - now_ms) * RENEW_AT, AGAIN_S[0] * 1000)
        kept.token, kept.failures, kept.due_ms = token, 0, now_ms + round(life_ms)
        self.log.info("token.fetched", target=name, good_for_s=(token.until_ms - now_ms) // 1000)


def tokens_of(edition: Edition) -> Iterable[tuple[str, BoundToken]]:
    """Yield the tokens that the targets of `edition` want, each with a target's name."""
    for target, buyer in edition.buyers.items():
        if buyer.token is not None:
            yield target, buyer.token
