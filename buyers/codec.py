"""Write what a buyer is told and read what it answers. Pure: requests and replies are data.

The shape is a pair per stage: make_ping/read_bid, make_confirm/read_confirm, make_post/read_post.
What differs from buyer to buyer is in its file. Nothing that a buyer sends raises here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from buyers.ask import Ask
from buyers.bind import BoundBuyer, bind
from buyers.errors import Unmapped
from buyers.read_bid import read_bid
from buyers.token import carrying
from buyers.words import NOW
from market.bids import Bid
from market.http import HttpReply, HttpRequest
from market.money import Micros

__all__ = [
    "Ask",
    "BoundBuyer",
    "Confirmation",
    "PostResult",
    "Unmapped",
    "bind",
    "make_cancel",
    "make_confirm",
    "make_ping",
    "make_post",
    "read_bid",
    "read_confirm",
    "read_post",
]

# Codes of files that are reasons of their own, as they say what can be mended, and by whom.
CONFIRM_REASONS = {
    "no_target": "no_target",
    "cap": "confirm_capacity",
    "capacity": "confirm_capacity",
    "duplicate": "confirm_duplicate",
    "price_reject": "price_reject",
}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Whether the buyer stands by its bid. `reason` is a code of market/reasons.py, or ""."""

    ok: bool
    destination: str = ""  # A new one to ring; "" for the bid's own.
    reason: str = ""
    price: Micros | None = None  # Said in the answer; 0 is one that cannot be read.
    in_doubt: bool = True  # Not a clear no: the buyer may believe that the call is coming.


@dataclass(frozen=True, slots=True)
class PostResult:
    """Whether the buyer took the lead. No words of theirs are kept: they may hold the lead's."""

    ok: bool
    reason: str = ""  # "reject", "reject:CODE", "http:STATUS", "unparseable", or "".


def make_ping(buyer: BoundBuyer, ask: Ask, token: str = "") -> HttpRequest:
    """Return the question. Raises Unmapped: then nothing is sent.

    `token` is what a buyer with a [token] wants to see, here and in all that follows.
    """
    return buyer.make_ping(carrying(buyer.token, ask.scope, token))


def make_confirm(buyer: BoundBuyer, bid: Bid, ask: Ask, token: str = "") -> HttpRequest | None:
    """Return the confirm of `bid`, or None when the buyer wants none. Raises Unmapped."""
    if buyer.make_confirm is None:
        return None
    return buyer.make_confirm(carrying(buyer.token, {**ask.scope, **_about(bid)}, token))


def make_cancel(buyer: BoundBuyer, bid: Bid, ask: Ask, token: str = "") -> HttpRequest | None:
    """Return what tells the buyer that we do not come, or None: it cannot be told. Raises Unmapped.

    For a buyer that may have reserved for us: a confirm that got no answer, or that we refuse.
    """
    if buyer.make_cancel is None:
        return None
    return buyer.make_cancel(carrying(buyer.token, {**ask.scope, **_about(bid)}, token))


def make_post(
    buyer: BoundBuyer, bid: Bid, lead: Mapping[str, str], now_ms: int = 0, token: str = ""
) -> HttpRequest | None:
    """Return the whole lead for the buyer that is connected, or None when it takes no posts.

    `lead` has the words of a post template: name, phone, email, street, zip, ivr.NAME,
    auction_id, ... and lead.NAME for a publisher's own fields. Raises Unmapped, as for a post
    that says the time and is told none.
    """
    if buyer.make_post is None:
        return None
    now = {NOW: now_ms} if now_ms else {}
    return buyer.make_post(carrying(buyer.token, {**lead, **now, **_about(bid)}, token))


def read_confirm(buyer: BoundBuyer, reply: HttpReply) -> Confirmation:
    """Return whether the buyer stands by its bid; in doubt it does not."""
    read, place = buyer.confirmation, buyer.confirmed_place
    if read is None or place is None:
        return Confirmation(False, reason="confirm_unknown")
    item, top = read.answer.read_whole(reply)
    code = read.verdict.rejected(item, top, reply)
    if code is not None:
        reason = CONFIRM_REASONS.get(code) or _coded("confirm_refused", code)
        return Confirmation(False, reason=reason, in_doubt=False)
    if not 200 <= reply.status < 300 or not read.verdict.accepted(item, top, reply):
        return Confirmation(False, reason="confirm_unknown")
    ring = place.read(item, top, reply)
    if ring == "":
        return Confirmation(False, reason="confirm_refused:no_number")
    said = read.price_of(item, top, reply)
    return Confirmation(True, ring or "", price=None if said is None else Micros(said))


def read_post(buyer: BoundBuyer, reply: HttpReply) -> PostResult:
    """Return whether the buyer took the lead; in doubt it did not say so."""
    read = buyer.posted
    if read is None:
        return PostResult(False, "unparseable")
    item, top = read.answer.read_whole(reply)
    code = read.verdict.rejected(item, top, reply)
    if code is not None:
        return PostResult(False, _coded("reject", code))
    if not 200 <= reply.status < 300:
        return PostResult(False, f"http:{reply.status}")
    accepted = read.verdict.accepted(item, top, reply)
    return PostResult(True) if accepted else PostResult(False, "unparseable")


def _about(bid: Bid) -> dict[str, str | int]:
    refs = {f"ref.{n}": ref for n, ref in enumerate(bid.ref)}
    return {**refs, "price": bid.pays, "destination": bid.destination}


def _coded(reason: str, code: str) -> str:
    return f"{reason}:{code}" if code else reason
