"""A publisher's ping for people: what was promised, or why not, and what each target did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auctiond.pg.rtb import RtbRow
from auctiond.rtb.rows import auctions_of
from market.bids import Bid
from market.reasons import reason_of
from market.rtb import NO_BID, bid_name

Json = Mapping[str, Any]


def line(row: RtbRow) -> dict[str, Any]:
    """Return a ping in one line."""
    reason = NO_BID.get(row.reason)
    return {
        "id": bid_name(row.id.hex),
        "at_ms": row.at_ms,
        "door": row.door,
        "campaign": row.campaign,
        "publisher": row.publisher,
        "network": row.network,
        "test": row.test,
        "outcome": "no_bid" if row.reason else "bid",
        "reason": row.reason,
        "detail": row.data.get("detail", ""),
        "code": reason.code if reason else 0,
        "who": reason.who if reason else "",
        "text": reason.text if reason else "",
        "promised_micros": row.promised if not row.reason else None,
        "expires_ms": row.data.get("expires_ms"),
        "facts": row.data["facts"],
        "call": str(row.call_id) if row.call_id is not None else None,
    }


def whole(row: RtbRow) -> dict[str, Any]:
    """Return a ping with the way to call it, and a row for each target that was looked at."""
    told = {name: row.data.get(name) for name in ("number", "sip", "min_duration_s")}
    return line(row) | told | {"candidates": _candidates(row)}


def _candidates(row: RtbRow) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for tier, closed in enumerate(auctions_of(row), 1):
        for place, bid in enumerate(closed.ranked, 1):
            rows.append(_of_bid(tier, place, bid))
        for no_bid in closed.others:
            reason = reason_of(no_bid.reason)
            told: dict[str, Any] = {"reason": no_bid.reason, "who": reason.who, "text": reason.text}
            told |= {"stage": reason.stage, "detail": no_bid.detail, "ms": no_bid.ms}
            rows.append(_blank(tier, no_bid.target) | told)
    return rows


def _of_bid(tier: int, place: int, bid: Bid) -> dict[str, Any]:
    return _blank(tier, bid.target) | {
        "rank": place,
        "stage": "bid",
        "price_micros": bid.price,
        "effective_micros": bid.effective,
        "expires_ms": bid.expires_ms,
        "ms": bid.ms,
    }


def _blank(tier: int, target: str) -> dict[str, Any]:
    names = ("rank", "price_micros", "effective_micros", "expires_ms", "ms")
    empty: dict[str, Any] = dict.fromkeys(names)
    return {"tier": tier, "target": target, "stage": "", "reason": "", "detail": ""} | empty
