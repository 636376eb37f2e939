"""What must be true after a crash: our records against what carrier, buyers and ledger saw. Pure.

Nothing here asks the server how it went: it only compares what all the others know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from auctiond.sandbox.buyers.offers import BILLABLE_S
from auctiond.sandbox.network import FALLBACK

MARGIN_MS = 100  # Of a talk over the billable duration: less is for clocks to argue about.
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What everybody saw of the calls of one round."""

    truths: Sequence[Json]  # The carrier's view of each phone call.
    acknowledged: frozenset[tuple[str, str]]  # Webhooks that got a 2xx: (leg or session, event).
    records: Sequence[Json]  # Ours, with their timelines.
    captures: Sequence[tuple[str, int]]  # From the ledger: (call, micros taken from a wallet).
    open_holds: Sequence[tuple[str, int]]  # From the ledger: (call, leg).
    slots_held: Mapping[str, int]  # What is held of each target's slots.
    posts: Sequence[tuple[int, str, str, int]]  # (Buyer, its bid, session of the caller, ms).
    problems: Sequence[str] = ()  # What the ledger's check found.


@dataclass(slots=True)
class Findings:
    """What is wrong, by kind; and what is only worth counting."""

    lost: list[str] = field(default_factory=list)  # Acknowledged, and not accounted for.
    charged_twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # All else that may not be.
    reviews: int = 0
    captured: int = 0

    def all(self) -> list[str]:
        """Return everything that may not be."""
        return [*self.lost, *self.charged_twice, *self.wrong]


def check(seen: Seen) -> Findings:
    """Compare what everybody saw."""
    found = Findings()
    records = {record["call_ref"]: record for record in seen.records}
    captures = Counter(call for call, _ in seen.captures)
    held = {call for call, _ in seen.open_holds}
    for truth in seen.truths:
        session = truth["call_session_id"]
        record = records.get(session)
        _check_talks(found, truth)
        if truth["state"] != "ended":
            found.wrong.append(f"the caller of {session} was left alone on the line")
        if record is None:
            if (session, "incoming") in seen.acknowledged:
                found.lost.append(f"call {session} was acknowledged and is not on record")
            continue
        if record["disposition"] == "live":
            found.lost.append(f"call {record['id']} has no end: {record['state']}")
        _check_money(found, seen, truth, record, captures[record["id"]], record["id"] in held)
    _check_holds(found, seen)
    _check_posts(found, seen)
    found.wrong += [f"the ledger does not verify: {problem}" for problem in seen.problems]
    return found


def _check_money(
    found: Findings, seen: Seen, truth: Json, record: Json, captures: int, is_held: bool
) -> None:
    name = f"call {record['id']}"
    talks = [leg for leg in truth["legs"] if leg["destination"] != FALLBACK]
    longest_ms = max((leg["talk_ms"] for leg in talks), default=0)
    found.captured += captures
    if captures > 1:
        found.charged_twice.append(f"{name} was charged {captures} times")
    if captures and longest_ms < BILLABLE_S * 1000:
        found.wrong.append(f"{name} was charged for a talk of {longest_ms} ms")
    if (record["disposition"] == "sold") != bool(captures):
        found.wrong.append(f"{name} is {record['disposition']!r} with {captures} charges")
    for leg in talks:
        heard = {(leg["ref"], "call.bridged"), (leg["ref"], "call.hangup")} <= seen.acknowledged
        if heard and leg["talk_ms"] >= BILLABLE_S * 1000 + MARGIN_MS and not captures | is_held:
            found.lost.append(f"{name}: a talk of {leg['talk_ms']} ms was not charged")


def _check_talks(found: Findings, truth: Json) -> None:
    """Nobody talks to two at once."""
    talks = sorted(
        (leg["bridged_ms"], leg["ended_ms"] or leg["bridged_ms"])
        for leg in truth["legs"]
        if leg["bridged_ms"]
    )
    for (_, ended_ms), (bridged_ms, _) in pairwise(talks):
        if bridged_ms < ended_ms:
            found.wrong.append(f"call {truth['call_session_id']} talked to two buyers at once")


def _check_holds(found: Findings, seen: Seen) -> None:
    """What is still held waits for a person, and says why."""
    records = {record["id"]: record for record in seen.records}
    for call, leg in seen.open_holds:
        timeline = records[call]["timeline"] if call in records else ()
        reasons = [row["data"] for row in timeline if row["kind"] == "review"]
        if any(reason.get("leg") == leg and reason.get("why") for reason in reasons):
            found.reviews += 1
        else:
            found.wrong.append(f"call {call}: what is held for leg {leg} waits for nothing")
    if not seen.open_holds:
        left = {account: count for account, count in seen.slots_held.items() if count}
        found.wrong += [
            f"{account} has {count} in use at the end" for account, count in left.items()
        ]


def _check_posts(found: Findings, seen: Seen) -> None:
    times = Counter((buyer, bid) for buyer, bid, _, _ in seen.posts)
    for (buyer, bid), count in times.items():
        if count > 1:
            found.wrong.append(f"the lead for bid {bid} reached buyer {buyer} {count} times")
    joins = {
        truth["call_session_id"]: [leg["bridged_ms"] for leg in truth["legs"] if leg["bridged_ms"]]
        for truth in seen.truths
    }
    for _, bid, session, at_ms in seen.posts:
        if not any(joined_ms <= at_ms for joined_ms in joins.get(session, ())):
            found.wrong.append(f"the lead for bid {bid} left before the connect")
