"""Handing over a lead: one request, and what its end means. No answer is never taken for a no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from uuid import UUID

import trio

from auctiond.calls.asking import auction_id
from auctiond.net.wire import Wire, WireError
from auctiond.pg.posts import PostEnd
from buyers.codec import BoundBuyer, PostResult, make_post, read_post
from compliance.fields import Moment, select
from market.call import Call, Event, Posted
from market.http import HttpRequest
from market.ids import id_for

POST_S = 10.0  # Nobody waits for it, but an agent would like the lead on the screen.
UNSENT = ("connect_error", "refused_address", "throttled")  # No byte of the request had left.
ASK_AGAIN = (408, 425, 429)  # "Not now" is no "no", unlike the others from 300 to 499.


def lead_request(
    buyer: BoundBuyer, call: Call, personal: Mapping[str, str], now_ms: int, token: str = ""
) -> HttpRequest | None:
    """Return the post of the lead for the current leg: the same however often, but for its time.

    None: the buyer takes no leads. Raises Unmapped.
    """
    assert call.bid is not None
    ids = {
        "auction_id": auction_id(call),
        "post_id": str(id_for(call.id, f"post:{call.leg}")),
    }
    return make_post(buyer, call.bid, disclosed(call, personal) | ids, now_ms, token)


def disclosed(call: Call, personal: Mapping[str, str]) -> dict[str, str]:
    """Return what may leave with the lead of `call`, once the two are connected."""
    return select(dict(call.facts) | dict(personal), Moment.CONNECTED)


async def hand_over(wire: Wire, buyer: BoundBuyer, request: HttpRequest) -> PostEnd:
    """Send the lead, once, and return how that ended."""
    try:
        with trio.fail_after(POST_S):
            return end_of(read_post(buyer, await wire.send(request)))
    except trio.TooSlowError:
        return PostEnd("unknown", "timeout")
    except ValueError:  # What makes no request: it is found out before anything is sent.
        return PostEnd("unsent", "unwritable")
    except WireError as error:
        return PostEnd("unsent" if error.reason in UNSENT else "unknown", error.reason)


def tell_of(
    tell: Callable[[UUID, Event], object], call_id: UUID, leg: int, end: PostEnd, now_ms: int
) -> None:
    """Tell a call what came of its post. It may be over or deaf: the record is another matter."""
    with suppress(trio.WouldBlock):
        tell(call_id, Posted(now_ms, leg, outcome=end.outcome, reason=end.reason))


def end_of(result: PostResult) -> PostEnd:
    """Return what an answer means. A server in trouble may have taken the lead before."""
    if result.ok:
        return PostEnd("accepted")
    code, _, detail = result.reason.partition(":")
    if code == "reject":
        return PostEnd("refused", result.reason)
    said_no = code == "http" and 300 <= int(detail) < 500 and int(detail) not in ASK_AGAIN
    return PostEnd("refused" if said_no else "unknown", result.reason)
