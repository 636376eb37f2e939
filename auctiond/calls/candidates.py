"""For each candidate of a call, a row that says why it got the call or did not. Pure.

A row tells the whole way of one target in one tier: not pinged, pinged, bid, offered,
confirmed, settled; `reason` is where that way ended, a code of market/reasons.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auctiond.calls.call_view import Life
from market.bids import Bid, NoBid
from market.call import BidCame, BidsClosed, Confirmed, ConfirmFailed, Outcome, State
from market.reasons import reason_of

MONEY = {Outcome.CAPTURE: "captured", Outcome.RELEASE: "released", Outcome.REVIEW: "review"}
Row = dict[str, Any]


def candidates(life: Life, tiers: Sequence[Sequence[str]] = ()) -> list[Row]:
    """Return a row for each target of each tier: the bids by rank, then the others.

    `tiers` are the targets of the campaign's tiers; with them, those have rows as well whose
    turn did not come.
    """
    late = {note.data["target"]: note.data for note in life.notes if note.kind == "late"}
    rows: list[Row] = []
    auctions = _auctions(life)
    asked = life.asked or range(len(auctions))
    for number, (tier, (closed, bids)) in enumerate(zip(asked, auctions, strict=True)):
        top = _to_beat(life, bids)
        legs = {leg: bid for leg, bid in life.offers.items() if _is_of(life, leg, number)}
        rows += [_bid_row(life, tier, bid, place, top, legs) for place, bid in enumerate(bids, 1)]
        prices = _prices(life.inputs[number] if number < len(life.inputs) else {})
        came = {bid.target for bid in bids}
        for no_bid in closed.others:
            if no_bid.target in came:
                continue  # It was out when the auction was decided, and came in time all the same.
            if no_bid.reason == "timeout" and late.get(no_bid.target, {}).get("price"):
                rows.append(_late_row(tier, no_bid, late[no_bid.target], top))
            else:
                price = prices.get(no_bid.target)
                rows.append(_no_bid_row(tier, no_bid, price, closed.reserve))
    if auctions and life.call.state is State.ENDED:
        code = "tier" if life.call.sold else "not_reached"
        later = [(tier, ids) for tier, ids in enumerate(tiers) if tier not in asked]
        rows += [_row(tier, target, code) for tier, targets in later for target in targets]
    return rows


def _auctions(life: Life) -> list[tuple[BidsClosed, list[Bid]]]:
    """Return each tier's auction with all its bids, best first, those after the decision too."""
    auctions: list[tuple[BidsClosed, list[Bid]]] = []
    for event in life.events:
        if isinstance(event, BidsClosed):
            auctions.append((event, list(event.ranked)))
        elif isinstance(event, BidCame) and event.bid is not None and auctions:
            bids = auctions[-1][1]
            place = next((n for n, bid in enumerate(bids) if bid.target in event.worse), len(bids))
            bids.insert(place, event.bid)
    return auctions


def _to_beat(life: Life, bids: Sequence[Bid]) -> Bid | None:
    """Return the bid that the others of a tier lost to: the one that was sold, or the best."""
    won = _as_bid(life.call.bid) if life.call.sold and life.call.bid is not None else None
    return won if won in bids else next(iter(bids), None)


def _prices(inputs: Mapping[str, Any]) -> dict[str, int]:
    """Return the prices of bids that were read, and may not have the call."""
    noted = [one for one in inputs.get("replies", ()) if isinstance(one, dict)]
    return {one["bid"]["target"]: one["bid"]["price"] for one in noted if "bid" in one}


def _is_of(life: Life, leg: int, auction: int) -> bool:
    """Tell whether the bid of a leg was one of that auction: a flow may hold several."""
    return life.won_in.get(leg, auction) == auction


def _bid_row(
    life: Life, tier: int, bid: Bid, place: int, top: Bid | None, legs: Mapping[int, Bid]
) -> Row:
    leg = next((leg for leg, one in legs.items() if _as_bid(one) == bid), None)
    code = _bid_reason(life, bid, leg)
    row = _row(tier, bid.target, code)
    row |= {"rank": place, "price_micros": bid.price, "effective_micros": bid.effective}
    row |= {"ms": bid.ms, "leg": leg}
    if top is not None and bid.target != top.target and code != "won":
        row["lost_by_micros"] = _gap(top.effective, bid.effective)
    if leg is not None:
        row |= {"confirm": _confirm(life, leg), "money": _money(life, leg)}
        row |= {"agreed_micros": life.offers[leg].agreed}
    return row


def _as_bid(offered: Bid) -> Bid:
    """Return an offer as it was bid: at the confirm it may have come to another price."""
    return replace(offered, agreed=None)


def _bid_reason(life: Life, bid: Bid, leg: int | None) -> str:
    if leg is not None:
        return life.leg_reasons.get(leg, "offered")
    if bid in life.expired:
        return "expired"
    won = life.call.bid if life.call.sold else None
    if won is None:
        return "post_unknown" if life.withheld else "not_needed"
    return "tie" if _counts(bid) == _counts(won) else "outbid"


def _counts(bid: Bid) -> int:
    """Return what a bid counts for; one without a word on that counts for its price."""
    return bid.effective or bid.price


def _confirm(life: Life, leg: int) -> str | None:
    """Return how the buyer confirmed: "confirmed", or why not; None where it was not asked."""
    for event in life.events:
        if isinstance(event, Confirmed) and event.leg == leg:
            return "confirmed"
        if isinstance(event, ConfirmFailed) and event.leg == leg:
            return event.reason
    return "confirm_unknown" if life.leg_reasons.get(leg) == "confirm_unknown" else None


def _money(life: Life, leg: int) -> str | None:
    """Return what became of the money of a leg; None where it is still held, or never was."""
    settled = life.settlement(leg)
    return MONEY[settled.outcome] if settled is not None else None


def _late_row(tier: int, no_bid: NoBid, late: Mapping[str, Any], top: Bid | None) -> Row:
    row = _row(tier, no_bid.target, "late") | {"price_micros": late["price"]}
    if top is not None:
        row["lost_by_micros"] = _gap(top.effective, late.get("effective", late["price"]))
    return row | {"late_ms": late.get("late_ms"), "ms": no_bid.ms, "detail": no_bid.detail}


def _no_bid_row(tier: int, no_bid: NoBid, price: int | None, reserve: int) -> Row:
    row = _row(tier, no_bid.target, no_bid.reason) | {"price_micros": price}
    if price is not None and no_bid.reason == "below_reserve":
        row["lost_by_micros"] = _gap(reserve, price)
    return row | {"ms": no_bid.ms, "detail": no_bid.detail}


def _gap(better: int, worse: int) -> int | None:
    """Return by how much `worse` is worse; None if it is not: something else decided."""
    return better - worse if better >= worse else None


def _row(tier: int, target: str, code: str) -> Row:
    reason = reason_of(code)
    return {
        "tier": tier + 1,
        "target": target,
        "rank": None,
        "stage": reason.stage,
        "reason": code,
        "who": reason.who,
        "text": reason.text,
        "price_micros": None,
        "effective_micros": None,
        "agreed_micros": None,
        "lost_by_micros": None,
        "ms": None,
        "late_ms": None,
        "leg": None,
        "confirm": None,
        "money": None,
        "detail": "",
    }
