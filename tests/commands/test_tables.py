"""Tables line up, fit the terminal, and never cut a code."""

import io
from datetime import UTC

import pytest
from rich.console import Console

from auctiond.show.call_tables import calls_table, candidates_table, record_table, timeline_table
from auctiond.show.post_tables import posts_table, tries_table
from auctiond.show.tables import amount, amounts, grid, show
from market.reasons import REASONS


def printed(table, width):
    out = io.StringIO()
    show(Console(file=out, width=width, color_system=None), table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def candidate(reason, **changes):
    row = {
        "tier": 1,
        "rank": 1,
        "target": "lakeshore-south",
        "reason": reason,
        "who": REASONS[reason.partition(":")[0]].who,
        "text": "",
        "price_micros": 93_870_000,
        "effective_micros": 93_870_000,
        "lost_by_micros": None,
        "ms": 112.25,
        "late_ms": None,
        "leg": None,
        "confirm": None,
        "money": None,
        "detail": "",
    }
    return row | changes


def call(**changes):
    row = {
        "id": "01a20b16-ccef-7d58-b021-d679abf1c1e5",
        "arrived_ms": 1_700_000_000_123,
        "call_ref": "session",
        "tracking_number": "+12125550110",
        "campaign": "auto",
        "publisher": "pub",
        "network": 3,
        "state": "ended",
        "disposition": "sold",
        "blocked": "",
        "facts": {"zip": "94150", "state": "CA"},
        "legs": 2,
        "buyer": "buyer-00",
        "target": "target-00",
        "price_micros": 31_390_000,
        "talk_ms": 6000,
        "timeline": [],
        "candidates": [],
    }
    return row | changes


def test_only_the_last_column_wraps():
    rows = [("hold_refused:balance", "a long explanation that does not fit a narrow terminal")]
    lines = printed(grid(["reason", "why"], rows, 50), 50)
    assert lines[1].startswith("hold_refused:balance  a long")
    assert lines[2].startswith(" " * 22)
    assert max(map(len, lines)) <= 50


def test_what_cannot_fit_goes_on_instead_of_being_cut():
    lines = printed(grid(["reason", "why"], [("hold_refused:balance", "busy")], 10), 10)
    assert lines == ["reason                why", "hold_refused:balance  busy"]


def test_amounts_line_up_with_as_many_digits_as_one_of_them_needs():
    assert amounts([96_290_000, 34_577_000, None, -1_000_000]) == ["96.290", "34.577", "", "-1.000"]
    assert amounts([1_234_567_500_000, 0]) == ["1,234,567.50", "0.00"]
    assert amount(1) == "0.000001"
    assert amounts([]) == []


@pytest.mark.parametrize("reason", sorted(REASONS))
@pytest.mark.parametrize("width", [80, 120])
def test_every_reason_stands_whole_in_80_columns(reason, width):
    lines = printed(candidates_table(call(candidates=[candidate(reason)]), width), width)
    assert reason in lines[1].split()
    assert max(map(len, lines)) <= width


def test_the_detail_of_a_reason_has_its_own_column():
    rows = [candidate("hold_refused:balance"), candidate("reject", detail="not buying in CA")]
    lines = printed(candidates_table(call(candidates=rows), 80), 80)
    assert lines[1].split()[-2:] == ["buyer", "balance"]
    assert "not buying" in lines[2]


def test_effective_prices_are_shown_where_they_differ_and_where_there_is_room():
    same = call(candidates=[candidate("outbid")])
    other = call(candidates=[candidate("outbid", effective_micros=80_000_000)])
    assert "effective" not in printed(candidates_table(same, 80), 80)[0]
    assert "effective" in printed(candidates_table(same, 120), 120)[0]
    assert "80.00" in printed(candidates_table(other, 80), 80)[1]


def test_a_list_of_one_day_shows_times_and_of_more_days_their_dates():
    one, other = call(), call(arrived_ms=1_700_100_000_000)
    assert "22:13:20" in printed(calls_table([one], 80, UTC), 80)[1]
    lines = printed(calls_table([other, one], 80, UTC), 80)
    assert "11-16 02:00:00" in lines[1]
    assert "11-14 22:13:20" in lines[2]
    assert max(map(len, lines)) <= 80


def test_a_live_call_shows_where_it_is():
    live = call(state="bridged", disposition="live", buyer=None, price_micros=None, talk_ms=0)
    assert printed(calls_table([live], 80, UTC), 80)[1].split()[2] == "bridged"


def test_a_record_tells_the_sale_and_leaves_out_what_is_not_known():
    lines = printed(record_table(call(), 80, UTC), 80)
    told = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in lines}
    assert told["arrived"] == "2023-11-14 22:13:20.123 UTC"
    assert told["known"] == "zip 94150, state CA"
    assert told["sold to"] == "buyer-00 (target-00) for 31.39"
    assert "refused" not in told


def test_a_timeline_says_events_in_words():
    events = [
        {"ms": 26, "kind": "Cleared", "data": {"facts": [["state", "CA"]], "legs_max": 3}},
        {"ms": 1840, "kind": "BidsClosed", "data": {"reserve": 10_000_000, "took_ms": 113.14}},
        {"ms": 1841, "kind": "BidCame", "data": {"bid": {"target": "t", "price": 1_000_000}}},
        {"ms": 8487, "kind": "LegEnded", "data": {"leg": 2, "caller_left": True}},
        {"ms": 8522, "kind": "ended", "data": {"disposition": "sold", "facts": {}}},
    ]
    lines = printed(timeline_table(call(timeline=events), 80), 80)
    told = [" ".join(line.split()) for line in lines[1:]]
    assert told == [
        "26 cleared state CA",
        "1,840 bids closed reserve 10.00, took 113.1 of 0 ms",
        "1,841 bid came t at 1.00",
        "8,487 leg ended 2 the caller left",
        "8,522 ended sold",
    ]


def test_a_post_says_how_each_try_ended_and_who_decided():
    tries = [
        {"leg": 2, "try": 1, "target": "west", "outcome": "unknown", "reason": "timeout"},
        {"leg": 2, "try": 2, "target": "west", "outcome": "accepted", "reason": "by_hand"},
    ]
    rows = [one | {"by": by, "at_ms": 2500} for one, by in zip(tries, ("buyer", "k1"), strict=True)]
    lines = printed(tries_table({"arrived_ms": 1000, "posts": rows}, 80), 80)
    assert lines[1].split() == ["1,500", "2", "west", "1", "unknown", "timeout"]
    assert lines[2].split() == ["1,500", "2", "west", "2", "accepted", "by_hand", "k1"]


def test_a_post_in_doubt_says_who_looks_at_it_next():
    post = {"call": "x" * 28 + "c1e5", "leg": 1, "buyer": "acme", "target": "west", "tries": 1}
    post |= {"outcome": "unknown", "since_ms": 1_700_000_000_000, "again_ms": None}
    lines = printed(posts_table([post, post | {"again_ms": 1_700_000_002_000}], 100, UTC), 100)
    assert "xxxxc1e5" in lines[1]
    assert lines[1].endswith("by a person")
    assert lines[2].endswith("11-14 22:13:22")
