"""Pings and bids as rows of the database, and back. Pure. Rows hold no personal data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from auctiond.calls.event_codec import from_row, to_data
from auctiond.pg.rtb import RtbRow
from auctiond.rtb.live import LiveBid
from auctiond.rtb.ping import RtbPing
from market.call import BidsClosed
from market.money import Micros
from market.rtb import RtbDoor

AUCTION = BidsClosed.__name__


def row_of_bid(bid: LiveBid) -> RtbRow:
    """Return the row of a promise."""
    data = {
        "facts": dict(bid.facts),
        "auctions": [to_data(closed) for closed in bid.auctions],
        "inputs": bid.inputs,
        "expires_ms": bid.expires_ms,
        "number": bid.number,
        "sip": bid.sip,
        "min_duration_s": bid.min_duration_s,
    }
    return RtbRow(
        id=bid.id,
        door=bid.door.id,
        campaign=bid.door.campaign,
        publisher=bid.door.publisher,
        network=bid.network,
        test=bid.test,
        at_ms=bid.made_ms,
        reason="",
        promised=bid.promised,
        gone_ms=bid.gone_ms,
        data=data,
        caller=bid.caller or None,
    )


def row_of_refusal(
    id_: UUID, at_ms: int, ping: RtbPing, network: int, why: str, auctions: Sequence[BidsClosed]
) -> RtbRow:
    """Return the row of a ping that got no bid."""
    reason, _, detail = why.partition(":")
    data: dict[str, Any] = {
        "facts": dict(ping.facts),
        "auctions": [to_data(closed) for closed in auctions],
    }
    return RtbRow(
        id=id_,
        door=ping.door.id,
        campaign=ping.door.campaign,
        publisher=ping.door.publisher,
        network=network,
        test=ping.test,
        at_ms=at_ms,
        reason=reason,
        promised=0,
        gone_ms=0,
        data=data | ({"detail": detail} if detail else {}),
        caller=ping.caller.index or None,
    )


def bid_of(row: RtbRow, door: RtbDoor) -> LiveBid:
    """Return the promise in `row`, as it was before a restart."""
    data = row.data
    return LiveBid(
        id=row.id,
        door=door,
        network=row.network,
        caller=row.caller or b"",
        facts=tuple(sorted(data["facts"].items())),
        promised=Micros(row.promised),
        made_ms=row.at_ms,
        expires_ms=data["expires_ms"],
        number=data["number"],
        sip=data["sip"],
        min_duration_s=data["min_duration_s"],
        auctions=auctions_of(row),
        inputs=tuple(data["inputs"]),
        test=row.test,
        used_by=row.call_id,
    )


def auctions_of(row: RtbRow) -> tuple[BidsClosed, ...]:
    """Return the auctions that were held for a ping."""
    told = row.data["auctions"]
    return tuple(cast("BidsClosed", from_row(AUCTION, data)) for data in told)
