"""Replays for people: what was decided again, and what another network would have earned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from rich.console import Console
from rich.table import Table

from auctiond.calls.replay import Held, History, again, as_bytes, is_same
from auctiond.calls.replay_summary import ASSUMED, Summary
from auctiond.show.tables import amount, amounts, grid, show
from auctiond.show.terminal import heading
from market.call import BidsClosed
from routing.snapshot import Snapshot
from routing.what_if import suppose

SKIPPED = {
    "live": "still live",
    "no_auction": "without an auction",
    "not_recorded": "of a release that did not record what decided them",
    "network_unreadable": "whose network cannot be read any more",
    "no_campaign": "of a campaign that the other network does not have",
}


def replayed_table(past: History, was: Snapshot, width: int) -> Table:
    """Return a row for each auction of a call: whether it is decided the same again."""
    rows = []
    for held in past.held:
        closed = again(held, was)
        size = f"{len(as_bytes(held.data)):,} bytes"
        verdict = f"the same, byte for byte ({size})" if is_same(held, closed) else _other(held)
        rows.append([str(held.past.inputs.tier + 1), _first(held.closed), _first(closed), verdict])
    return grid([">tier", "first then", "first again", "verdict"], rows, width)


def supposed_table(past: History, was: Snapshot, new: Snapshot, width: int) -> Table:
    """Return a row for each target: what became of it then, and what would have."""
    rows: list[list[str]] = []
    for held in past.held:
        if held.past.inputs.tier >= len(new.tiers.get(held.past.inputs.campaign, ())):
            continue
        then, now = fates(held.closed), fates(suppose(held.past, was, new).closed)
        for target in {**now, **then}:
            before, after = then.get(target, "not in it"), now.get(target, "not in it")
            mark = "" if before == after else "<-"
            rows.append([str(held.past.inputs.tier + 1), target, before, after, mark])
    return grid([">tier", "target", "then", "on the other", ""], rows, width)


def fates(closed: BidsClosed) -> Mapping[str, str]:
    """Return what became of each target of an auction, in words."""
    ranked: dict[str, str] = {
        bid.target: f"{place}. at {amount(bid.price)}" for place, bid in enumerate(closed.ranked, 1)
    }
    return ranked | {no_bid.target: no_bid.reason for no_bid in closed.others}


def summary_lines(summary: Summary) -> list[str]:
    """Return what was looked at, and whether it was decided the same again."""
    counts = [f"{count:,} {SKIPPED.get(why, why)}" for why, count in summary.skipped.items()]
    left = f"; {', '.join(counts)}" if counts else ""
    same = "all the same, byte for byte" if not summary.differ else f"{summary.exact:,} the same"
    looked_at = f"{_count(summary.calls, 'call')}{left}."
    if not summary.auctions:
        return [looked_at]
    return [
        looked_at,
        f"{_count(summary.auctions, 'auction')} decided again: {same}.",
    ]


def show_summary(console: Console, summary: Summary, other: str) -> None:
    """Print what came of many calls; `other` is the name of the other network, if there is one."""
    for line in summary_lines(summary):
        console.print(line, markup=False, soft_wrap=True)
    if not other or not summary.compared:
        return
    heading(console, f"With {other} instead of the network each had")
    show(console, money_table(summary, console.width))
    if summary.before.calls or summary.after.calls:
        heading(console, "Who wins")
        show(console, targets_table(summary, console.width))
    console.print(f"\n{ASSUMED}", markup=False, soft_wrap=True)


def money_table(summary: Summary, width: int) -> Table:
    """Return what was sold and earned, and what would have been."""
    before, after = summary.before, summary.after
    assumed = f"{summary.assumed:,} of them, {amount(summary.assumed_revenue)}, assumed"
    rows = [
        ["sold", f"{before.sold:,}", f"{after.sold:,}", assumed if summary.assumed else ""],
        ["revenue", *amounts([before.revenue, after.revenue]), ""],
        ["gained", "", f"{summary.gained:,}", "sold on the other alone"],
        ["lost", "", f"{summary.lost:,}", "sold then, and not on the other"],
        ["other winner", "", f"{summary.changed:,}", ""],
        ["open", "", f"{summary.opened:,}", "nobody talked then, so nobody knows"],
        ["unknown", "", f"{summary.unknown_calls:,}", _unknown(summary)],
    ]
    return grid(["", ">before", ">after", ""], rows, width)


def targets_table(summary: Summary, width: int) -> Table:
    """Return who wins what, before and after."""
    lines = summary.targets()
    then = amounts(line["revenue_before_micros"] for line in lines)
    now = amounts(line["revenue_after_micros"] for line in lines)
    rows = [
        [line["target"], f"{line['calls_before']:,}", f"{line['calls_after']:,}", was, is_]
        for line, was, is_ in zip_longest(lines, then, now)
    ]
    return grid(["target", ">calls", ">then", ">revenue", ">then"], rows, width)


def _unknown(summary: Summary) -> str:
    if not summary.unknown:
        return ""
    most = [f"{target} {count:,}" for target, count in summary.unknown.most_common(5)]
    return f"targets that were never asked could have bid, and are not counted: {', '.join(most)}"


def _first(closed: BidsClosed) -> str:
    return f"{closed.ranked[0].target} at {amount(closed.ranked[0].price)}" if closed.ranked else ""


def _other(held: Held) -> str:
    return f"OTHERWISE than recorded (call {held.past.call_id})"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
