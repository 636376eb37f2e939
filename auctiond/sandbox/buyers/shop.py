"""One buyer: answers pings by its law, confirms its bids, takes leads, and counts it all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.connection import Connection, Gone, Request
from auctiond.sandbox.buyers.formats import Fields, Format
from auctiond.sandbox.buyers.later import Later
from auctiond.sandbox.buyers.laws import GARBAGE, LAWS, delays, vice
from auctiond.sandbox.buyers.nonsense import http
from auctiond.sandbox.buyers.offers import Offer, OfferBook, destination, refuses_confirm
from auctiond.sandbox.buyers.stats import BuyerStats, PostLog, PostSeen, SentLog
from auctiond.sandbox.buyers.vices import VICES, Intent
from auctiond.sandbox.buyers.watch import Watch
from auctiond.sandbox.chance import draw

BIDS_KEPT = 10_000  # At least so many bids' auctions are remembered for their posts.
HONEST = 100  # Percent of a bid at its confirm.
_GARBAGE = frozenset(GARBAGE)
_NONSENSE_CENTS = 1_000  # What nonsense is made from where the buyer would have declined.


@dataclass(frozen=True, slots=True)
class ShopOptions:
    index: int
    seed: int
    law: str
    watch: Watch | None  # None: requests are not searched.
    posts: PostLog
    later: Later
    sent: SentLog | None = None  # None: nobody asks when bids left.


class Shop:
    """One buyer behind one port."""

    def __init__(self, options: ShopOptions) -> None:
        self.index = options.index
        self._seed = options.seed
        self._watch = options.watch
        self._posts = options.posts
        self._later = options.later
        self._sent = options.sent
        self._number = destination(options.index).encode()
        self.set_law(options.law)
        self.reset()

    def set_law(self, name: str) -> None:
        """Behave by another law from now on. Raises KeyError for one there is not."""
        self.law = LAWS[name]
        self.law_name = name
        self._delays = delays(self.law)
        self._book = OfferBook(self._seed, self.index, self.law)

    def reset(self) -> None:
        """Count from zero: the next ping is the first again."""
        self.stats = BuyerStats()
        self._auctions: dict[str, str] = {}
        self._auctions_before: dict[str, str] = {}
        self._cents: dict[str, int] = {}  # Of bids that are confirmed at another price.
        self._posts_heard = 0
        self._answers: dict[str, bytes] = {}  # What was answered to posts with a key.

    async def serve(self, connection: Connection) -> None:
        """Answer one client's requests until either side has enough."""
        self.stats.connections += 1
        try:
            while (request := await connection.receive()) is not None:
                if await self._answer(connection, request):
                    return
        except Gone:
            self.stats.aborted += 1

    async def _answer(self, connection: Connection, request: Request) -> bool:
        """Answer one request; return whether the connection ends with it."""
        routed = formats.route(request.method, request.url)
        if routed is None:
            return await self._unreadable(connection, b"404 Not Found")
        try:
            fields = formats.read_fields(request.url, request.body)
        except ValueError:
            return await self._unreadable(connection, b"400 Bad Request")
        shape, step = routed
        if step == "post":
            return await self._take_lead(connection, shape, formats.lead_of(fields))
        if self._watch is not None:
            self.stats.pii_hits.update(self._watch.kinds(_all_of(request)))
        if step in ("confirm", "cancel"):
            bid_id = formats.first(fields, formats.BID_IDS) or formats.id_in_path(request.url)
            if step == "cancel":
                return await self._cancel(connection)
            return await self._confirm(connection, shape, bid_id)
        return await self._bid(connection, shape, fields)

    async def _unreadable(self, connection: Connection, status: bytes) -> bool:
        self.stats.unreadable += 1
        await connection.send(http(b'{"error":"not understood"}', status=status))
        return False

    async def _bid(self, connection: Connection, shape: Format, fields: Fields) -> bool:
        stats, n = self.stats, self.stats.pings
        stats.pings += 1
        bits = draw(self._seed, self.index, n)
        bid_id, now_s = b"b%d-%d" % (self.index, n), time.time()
        offer = self._book.offer(formats.state_of(fields), bits)
        price = b"%d.%02d" % divmod(offer.cents or _NONSENSE_CENTS, 100)
        if offer.cents:
            body = shape.bid(bid_id, price, self._number, now_s)
        else:
            body = shape.refusal(bid_id, offer.reason.encode())
        auction = formats.first(fields, formats.AUCTIONS)
        if self.law.confirm_percent != HONEST:
            self._cents[bid_id.decode()] = offer.cents
        self._remember(bid_id.decode(), auction)
        delay_s, kind = self._delays[bits * len(self._delays) >> 64], vice(self.law, n)
        self._count(kind, offer)
        if kind == "answer":
            if self._sent is None or not offer.cents:
                connection.send_later(http(body), delay_s, self._later)
            else:
                sent = partial(self._sent.add, self.index, auction)
                connection.send_later(http(body), delay_s, self._later, sent)
            return False
        intent = Intent(
            body=body,
            write=lambda price, number: shape.bid(bid_id, price, number, now_s),
            price=price,
            number=self._number,
            delay_s=delay_s,
            told_ms=float(formats.first(fields, formats.DEADLINES) or 0),
        )
        return await VICES[kind](connection, intent)

    async def _confirm(self, connection: Connection, shape: Format, bid_id: str) -> bool:
        self.stats.confirms += 1
        if self.law.silent_after:
            await connection.wait_gone()
        bits = self._bits_of(bid_id)
        if bits is None or refuses_confirm(bits) or not self.law.confirms:
            self.stats.confirms_refused += 1
            body = shape.refused(bid_id.encode())
        else:
            body = shape.accepted(bid_id.encode(), self._number)
        if bid_id in self._cents:
            cents = self._cents[bid_id] * self.law.confirm_percent // HONEST
            body = formats.with_price(shape, body, cents)
        delay_s = self._delays[(bits or 0) * len(self._delays) >> 64]
        connection.send_later(http(body), delay_s, self._later)
        return False

    async def _take_lead(self, connection: Connection, shape: Format, lead: Fields) -> bool:
        bid_id, key = formats.first(lead, formats.BID_IDS), formats.first(lead, formats.POST_IDS)
        n, body = self._posts_heard, self._answers.get(key)
        self._posts_heard += 1
        if body is None:
            body = self._new_lead(shape, bid_id, lead)
            if key:
                self._answers[key] = body
        else:
            self.stats.posts_repeated += 1
        if self.law.silent_after:
            await connection.wait_gone()
        kind = self.law.posts[n % len(self.law.posts)]
        if kind == "answer":
            await connection.send(http(body))
            return False
        intent = Intent(body, lambda price, number: body, b"0", self._number, 0.0, 0.0)
        return await VICES[kind](connection, intent)

    def _new_lead(self, shape: Format, bid_id: str, lead: Fields) -> bytes:
        """Take a lead, and return what is answered; a direct post names no bid of ours."""
        self.stats.posts += 1
        self._posts.add(self._post_seen(bid_id, lead))
        if bid_id and self._bits_of(bid_id) is None:
            self.stats.posts_refused += 1
            return shape.refused(bid_id.encode())
        return shape.accepted(bid_id.encode(), self._number)

    async def _cancel(self, connection: Connection) -> bool:
        self.stats.cancels += 1
        await connection.send(http(b'{"ok":true}'))
        return False

    def _post_seen(self, bid_id: str, lead: Fields) -> PostSeen:
        number = formats.first(lead, formats.NUMBERS)
        return PostSeen(
            buyer=self.index,
            id=bid_id,
            auction=self._auction_of(bid_id) or formats.first(lead, formats.AUCTIONS),
            at_ms=time.time_ns() // 1_000_000,
            fields=tuple(sorted(lead)),
            person=self._watch.who(number) if self._watch else None,
        )

    def _bits_of(self, bid_id: str) -> int | None:
        """Return the chance behind a bid of ours, or None when it is not ours."""
        mine, _, n = bid_id.partition("-")
        if mine != f"b{self.index}" or not n.isdecimal() or int(n) >= self.stats.pings:
            return None
        return draw(self._seed, self.index, int(n))

    def _remember(self, bid_id: str, auction: str) -> None:
        if auction:
            if len(self._auctions) >= BIDS_KEPT:  # By the lot: one by one, a dict gets slow.
                self._auctions_before, self._auctions = self._auctions, {}
            self._auctions[bid_id] = auction

    def _auction_of(self, bid_id: str) -> str:
        return self._auctions.get(bid_id) or self._auctions_before.get(bid_id, "")

    def _count(self, kind: str, offer: Offer) -> None:
        if kind in _GARBAGE:
            self.stats.nonsense += 1
        elif kind == "error":
            self.stats.errors += 1
        elif kind == "silence":
            self.stats.silences += 1
        elif offer.cents:
            self.stats.bids += 1
        else:
            self.stats.no_bids += 1


def _all_of(request: Request) -> bytes:
    """Return every byte of a request, and its body in one piece where it came in chunks."""
    return request.raw if request.body in request.raw else request.raw + b"\n" + request.body
