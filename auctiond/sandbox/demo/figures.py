"""The demo's figures, from what each party says: our API, the carrier, the buyers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auctiond.sandbox.demo.cards import CardMoney
from auctiond.sandbox.demo.money_out import MoneyOut
from auctiond.sandbox.demo.recordings import Recordings

SHARING, FLAT = "north-media", 5_000_000  # Who gets 70 percent; what the other one gets.
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What everybody saw. None of it is the server's word alone."""

    placed: Sequence[str]  # The phone calls, in the order of the sandbox's people.
    calls: Sequence[Json]  # Our records, each with its timeline and candidates.
    truths: Sequence[Json]  # The carrier's view of each phone call.
    posts: Sequence[Json]  # The leads that arrived at buyers.
    buyers: Sequence[Json]  # The buyers' counts.
    totals: Json  # The ledger's.
    verified: bool
    problems: Sequence[str] = ()
    wallets: Sequence[Json] = ()  # What each buyer has left, in micros.
    paid_in: Mapping[str, int] = field(default_factory=dict)  # By buyer, in micros.
    failed_phones: Sequence[str] = ()  # SIP phones whose call did not go as a phone's should.
    wall_s: float = 0.0
    cards: CardMoney = field(default_factory=CardMoney)
    money_out: MoneyOut = field(default_factory=MoneyOut)
    recordings: Recordings = field(default_factory=Recordings)


def figures(seen: Witnesses) -> dict[str, Any]:
    """Return the demo's figures: the object that --json prints."""
    ended = Counter(call["disposition"] for call in seen.calls)
    auctions = [row for call in seen.calls for row in call["timeline"] if is_auction(row)]
    reasons = Counter(
        row["reason"].partition(":")[0] for call in seen.calls for row in call["candidates"]
    )
    stages = Counter(
        "bid" if is_bid(row) else row["stage"] for call in seen.calls for row in call["candidates"]
    )
    took = [row["data"].get("took_ms", 0.0) for row in auctions]
    over = [max(0.0, row["data"]["took_ms"] - row["data"]["deadline_ms"]) for row in auctions]
    return {
        "calls": len(seen.placed),
        "sold": ended["sold"],
        "unsold": ended["unsold"] + ended["under_duration"] + ended["blocked"],
        "abandoned": ended["abandoned"],
        "auctions": len(auctions),
        "pings": stages["bid"] + stages["pinged"],
        "bids": stages["bid"],
        "no_bids": stages["pinged"] - reasons["timeout"] - reasons["late"],
        "timeouts": reasons["timeout"] + reasons["late"],
        "late_bids": reasons["late"],
        "decision_ms": spread(took),
        "deadline_ms": max((row["data"]["deadline_ms"] for row in auctions), default=0),
        "overshoot_ms": spread(over),
        "posts": len(seen.posts),
        "posts_before_connect": posts_before_connect(seen),
        "pii_in_pings": sum(sum(b.get("pii_hits", {}).values()) for b in seen.buyers),
        "holds_open": seen.totals["open_holds"],
        "captured_micros": seen.totals["captured"],
        "payout_micros": seen.totals["payout"],
        "margin_micros": seen.totals["margin"],
        "entries": seen.totals["entries"],
        "ledger_verified": seen.verified,
        "reviews": sum(row["reason"] == "review" for c in seen.calls for row in c["candidates"]),
        "charged_without_talk": charged_without_talk(seen),
        "promised_calls": sum(promise(call) is not None for call in seen.calls),
        "payout_due_micros": payout_due(seen),
        "card_paid_micros": seen.cards.paid("page"),
        "recharged_micros": seen.cards.paid("recharge"),
        "charged_by_processor_micros": seen.cards.charged(),
        "returned_micros": seen.money_out.returned,
        "clawed_back_micros": seen.money_out.from_publisher,
        "paid_out_micros": seen.money_out.paid_out,
        "recordings": len(seen.recordings.kept),
        "recorded_unasked": recorded_unasked(seen),
        "wall_s": round(seen.wall_s, 2),
    }


def verdict(found: Mapping[str, Any], seen: Witnesses) -> list[str]:
    """Return what is wrong, for people; nothing is wrong when it is empty."""
    unasked = recorded_unasked(seen)
    accounted = found["sold"] + found["unsold"] + found["abandoned"]
    checks = {
        f"{found['calls'] - accounted} calls are not accounted for": accounted != found["calls"],
        f"{found['holds_open']} holds are still open": found["holds_open"] != 0,
        "the ledger does not verify: " + "; ".join(seen.problems): not found["ledger_verified"],
        f"{found['pii_in_pings']} pings carried personal data": found["pii_in_pings"] != 0,
        f"{found['posts_before_connect']} leads left before the connect": found[
            "posts_before_connect"
        ]
        != 0,
        f"{found['charged_without_talk']} calls were charged without the talk": found[
            "charged_without_talk"
        ]
        != 0,
        "the payouts are not what was agreed and promised": found["payout_micros"]
        != found["payout_due_micros"],
        "the money does not add up": found["captured_micros"]
        != found["payout_micros"] + found["margin_micros"],
        "wallets have not what cards were charged": found["charged_by_processor_micros"]
        != found["card_paid_micros"] + found["recharged_micros"],
        "the return is not what the wallet got back": seen.money_out.returned
        != seen.money_out.into_wallet,
        "publishers were not paid out what they had earned": not seen.money_out.is_whole(
            found["payout_micros"]
        ),
        f"{unasked} recordings are of callers who had not agreed": unasked != 0,
        f"{seen.recordings.readable} recordings lie open on the disk": seen.recordings.readable
        != 0,
        "the wallets do not add up": found["captured_micros"]
        != sum(one["spent_micros"] for one in spending(seen)),
    }
    checks |= {f"a SIP phone was treated badly: {one}": True for one in seen.failed_phones}
    return [text for text, wrong in checks.items() if wrong]


def spending(seen: Witnesses) -> list[Json]:
    """Return a row for each buyer: calls bought, money paid in, spent and left."""
    bought = Counter(call["buyer"] for call in seen.calls if call["disposition"] == "sold")
    return [
        {
            "buyer": wallet["buyer"],
            "calls": bought[wallet["buyer"]],
            "paid_in_micros": seen.paid_in.get(wallet["buyer"], 0),
            "spent_micros": seen.paid_in.get(wallet["buyer"], 0) - wallet["balance_micros"],
            "left_micros": wallet["balance_micros"],
        }
        for wallet in seen.wallets
    ]


def is_auction(row: Json) -> bool:
    """Tell whether a row of a timeline is a decided auction that took place."""
    return row["kind"] == "BidsClosed" and "deadline_ms" in row["data"]


def is_bid(row: Json) -> bool:
    """Tell whether a candidate made a bid in time."""
    return row["reason"] == "below_reserve" or (
        row["price_micros"] is not None and row["reason"] != "late"
    )


def posts_before_connect(seen: Witnesses) -> int:
    """Return how many leads reached a buyer before the carrier had connected it."""
    joined = {truth["call_session_id"]: first_join(truth) for truth in seen.truths}
    early = 0
    for post in seen.posts:  # The buyers tell whose lead it was; who that is, we never told them.
        person = post["person"]
        at_ms = joined.get(seen.placed[person]) if person is not None else None
        early += at_ms is None or post["at_ms"] < at_ms
    return early


def first_join(truth: Json) -> int | None:
    """Return when the caller was first joined with a buyer, by the carrier's clock."""
    times = [leg["bridged_ms"] for leg in truth["legs"] if leg.get("bridged_ms")]
    return min(times, default=None)


def charged_without_talk(seen: Witnesses, billable_ms: int = 3000) -> int:
    """Return how many sold calls were, by the carrier's own record, too short to be charged."""
    talked = {
        truth["call_session_id"]: max((leg["talk_ms"] for leg in truth["legs"]), default=0)
        for truth in seen.truths
    }
    sold = [call for call in seen.calls if call["disposition"] == "sold"]
    return sum(talked.get(call["call_ref"], 0) < billable_ms for call in sold)


def recorded_unasked(seen: Witnesses) -> int:
    """Return how many recordings are of calls whose callers did not agree, as the log tells."""
    agreed = {
        call["id"]
        for call in seen.calls
        for row in call["timeline"]
        if row["kind"] == "recording_consent" and row["data"].get("agreed")
    }
    return sum(one["call"] not in agreed for one in seen.recordings.kept)


def promise(call: Json) -> int | None:
    """Return what the publisher of `call` was promised for it, in micros; None: nothing."""
    cleared = (row["data"] for row in call["timeline"] if row["kind"] == "Cleared")
    return next((data["promised"] for data in cleared if data.get("rtb")), None)


def payout_due(seen: Witnesses) -> int:
    """Return what the publishers should have got: what was promised, else what was agreed."""
    due = 0
    for call in seen.calls:
        if call["disposition"] == "sold":
            price, told = call["price_micros"], promise(call)
            agreed = price * 70 // 100 if call["publisher"] == SHARING else FLAT
            due += min(price, agreed if told is None else told)
    return due


def spread(values: Iterable[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the largest of `values`."""
    ordered = sorted(values)
    if not ordered:
        return {"p50": 0.0, "p99": 0.0, "max": 0.0}
    last = len(ordered) - 1
    return {
        "p50": round(ordered[last // 2], 2),
        "p99": round(ordered[min(last, int(len(ordered) * 0.99))], 2),
        "max": round(ordered[-1], 2),
    }
