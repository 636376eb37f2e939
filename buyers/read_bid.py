"""Read a bid out of whatever a buyer answered. Pure. In doubt, it is not a bid."""

from __future__ import annotations

from buyers.bind import BoundBuyer
from buyers.decode import has_key_twice
from buyers.expiry import BadTime, expires_ms, read_number
from buyers.reader import BidReader
from buyers.reason import SHORT, sample
from buyers.unreadable import Unreadable
from market.bids import Bid, NoBid
from market.http import HttpReply
from market.money import Micros

Json = object

NO_CONTENT = (204, 205)  # The usual way to say no without a word.
BIDS_MAX = 100  # In one answer: no buyer has more. The rest is not read.
REF_MAX = 256  # Characters of a buyer's id.
BILLABLE_MAX_S = 7200  # No call is longer: a bid that asks for more never pays.


class _Refused(Exception):
    """Not a bid; `reason` is a code of market/reasons.py."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def read_bid(
    buyer: BoundBuyer, reply: HttpReply, now_ms: int, ms: float | None = None
) -> Bid | NoBid:
    """Return the bid in the reply, or why there is none. Never raises, whatever the bytes.

    `ms` is how long the reply took, to be kept beside what it says.
    """
    try:
        return _best(buyer, reply, now_ms, ms)
    except _Refused as refused:
        detail = refused.detail
        if refused.reason == "unparseable":  # Who mends it wants to see what came.
            detail = f"{detail}: {sample(reply.body)}"[:SHORT]
        return NoBid(buyer.target.id, refused.reason, detail, ms)


def _best(buyer: BoundBuyer, reply: HttpReply, now_ms: int, ms: float | None) -> Bid:
    if reply.status in NO_CONTENT:
        raise _Refused("reject", str(reply.status))
    read = buyer.bid
    try:
        item, top = read.answer.read(reply)
    except Unreadable as unreadable:
        raise _unread(buyer, reply, str(unreadable)) from None
    if read.each is None:
        best = _one(buyer, item, top, reply, now_ms, ms)
    else:
        items = read.each(item, top)[:BIDS_MAX] or [None]
        best = _dearest(buyer, items, top, reply, now_ms, ms)
    if read.answer.special is None and has_key_twice(reply.body, top):
        raise _Refused("unparseable", "a key stands twice")
    return best


def _unread(buyer: BoundBuyer, reply: HttpReply, why: str) -> _Refused:
    """Return what an answer without a shape is: a no by its status or words, or nothing."""
    code = buyer.bid.verdict.rejected(None, None, reply)
    if code is not None:
        return _reject(buyer.bid, None, None, reply, code)
    _refuse_status(reply.status)
    return _Refused("unparseable", why)


def _refuse_status(status: int) -> None:
    if not 200 <= status < 300:
        raise _Refused("http", str(status))


def _dearest(
    buyer: BoundBuyer,
    items: list[Json],
    top: Json,
    reply: HttpReply,
    now_ms: int,
    ms: float | None,
) -> Bid:
    """Return the dearest bid of a list, the first of equals; or tell why the first is none."""
    best: Bid | None = None
    first_refusal: _Refused | None = None
    for item in items:
        try:
            bid = _one(buyer, item, top, reply, now_ms, ms)
        except _Refused as refused:
            first_refusal = first_refusal or refused
        else:
            best = bid if best is None or bid.price > best.price else best
    if best is None:
        raise first_refusal or _Refused("reject")
    return best


def _one(
    buyer: BoundBuyer, item: Json, top: Json, reply: HttpReply, now_ms: int, ms: float | None
) -> Bid:
    read, target = buyer.bid, buyer.target
    code = read.verdict.rejected(item, top, reply)
    if code is not None:
        raise _reject(read, item, top, reply, code)
    _refuse_status(reply.status)
    price = _price(buyer, item, top, reply)
    if not read.verdict.accepted(item, top, reply):
        raise _Refused("unparseable", "neither a yes nor a no")
    if price is None:
        raise _Refused("no_price")
    if price > target.price_max:
        raise _Refused("over_ceiling")
    destination = read.place.read(item, top, reply)
    if destination is None:
        destination = buyer.destination
    if not destination:
        raise _Refused("no_number")
    # In the order of its fields: names would be put into a dict first, and take as long again.
    return Bid(
        target.id,
        target.buyer,
        Micros(price),
        destination,
        _billable_s(buyer, item, top, reply),
        tuple([_ref(find(item, top, reply), required) for find, required in read.refs]),
        _expires_ms(read, item, top, reply, now_ms),
        Micros(price),  # What it counts for, until routing says.
        target.ring_s,
        buyer.make_confirm is not None,
        buyer.make_post is not None,
        target.fallback,
        ms,
        target.whisper_s,
        target.accept_key,
    )


def _reject(read: BidReader, item: Json, top: Json, reply: HttpReply, code: str) -> _Refused:
    reason = f"reject:{code}" if code else "reject"
    return _Refused(reason, read.verdict.detail(item, top, reply))


def _price(buyer: BoundBuyer, item: Json, top: Json, reply: HttpReply) -> int | None:
    read = buyer.bid
    if read.price is None:
        return buyer.target.price
    price = read.read_price(read.price(item, top, reply))
    if price == 0:
        raise _reject(read, item, top, reply, read.verdict.code(item, top, reply))
    return price


def _billable_s(buyer: BoundBuyer, item: Json, top: Json, reply: HttpReply) -> float:
    value = buyer.bid.billable(item, top, reply)
    if value is None:
        return buyer.target.billable_after_s
    number = read_number(value)
    seconds = -1.0 if number is None else number * buyer.bid.billable_unit_s
    if not 0 <= seconds <= BILLABLE_MAX_S:
        raise _Refused("unparseable", "the billable duration")
    return float(seconds)


def _ref(value: Json, required: bool) -> str:
    """Return a buyer's id as text. It may stand in an url, so it has nothing that moves one."""
    if value is None and not required:
        return ""
    text = str(value) if type(value) is int else value
    if type(text) is not str or not 0 < len(text) <= REF_MAX:
        raise _Refused("unparseable", "an id is missing or odd")
    if not text.isprintable() or text in (".", ".."):
        raise _Refused("unparseable", "an id is missing or odd")
    return text


def _expires_ms(
    read: BidReader, item: Json, top: Json, reply: HttpReply, now_ms: int
) -> int | None:
    for find, expiry in read.expires:
        value = find(item, top, reply)
        if value is None:
            continue
        try:
            at_ms = expires_ms(expiry, value, now_ms)
        except BadTime:
            raise _Refused("unparseable", "the time it expires") from None
        if at_ms <= now_ms:
            raise _Refused("expired")
        return at_ms
    return None
