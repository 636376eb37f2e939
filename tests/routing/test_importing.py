"""Priorities and weights of other systems mean here what they meant there."""

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.limits import Cap
from market.money import micros
from routing.import_rows import ImportFault, rows_of
from routing.import_vendors import VENDORS, WEIGHT_MOST, shares
from routing.importing import import_targets
from routing.network_file import read_network, write_network
from routing.rank import rank
from routing.worth import plain
from tests.routing.worlds import bid

HEADINGS = "name,number,price,priority,weight\n"


def taken(vendor, *rows, weight=None):
    """Return the network of `rows`, each a name, a priority and a weight."""
    lines = [
        f"{name},2125550{100 + no},10,{priority},{share}"
        for no, (name, priority, share) in enumerate(rows)
    ]
    found = rows_of(HEADINGS + "\n".join(lines), is_json=False)
    done = import_targets(found, VENDORS[vendor], weight)
    assert read_network(write_network(done.network), "imported") == done.network
    return done


def tiers(vendor, **priorities):
    done = taken(vendor, *((name, priority, "") for name, priority in priorities.items()))
    return [list(tier.targets) for tier in done.network.campaigns[0].tiers]


def weights(done):
    return {one.id: one.weight for one in done.network.targets}


def wrong(vendor, text, *, is_json=False, weight=None):
    with pytest.raises(ImportFault) as caught:
        import_targets(rows_of(text, is_json=is_json), VENDORS[vendor], weight)
    return caught.value.problems


def test_in_ringba_and_trackdrive_the_lowest_priority_is_first():
    for vendor in ("ringba", "trackdrive"):
        assert tiers(vendor, a=2, b=1, c=10, d=1) == [["b", "d"], ["a"], ["c"]]


def test_in_leadexec_0_is_first():
    assert tiers("leadexec", a=1, b=0, c="") == [["b", "c"], ["a"]]


def test_in_boberdoo_10_is_first_5_is_the_default_and_always_match_before_all():
    found = tiers("boberdoo", a=0, b=10, c="", d=1000, e=5)
    assert found == [["d"], ["b"], ["c", "e"], ["a"]]


@pytest.mark.parametrize(
    ("vendor", "priority", "right"),
    [("ringba", 0, "1 is first"), ("ringba", "high", "1 is first"), ("leadexec", -1, "0 is first"),
     ("boberdoo", 11, "10 is first"), ("boberdoo", 999, "or 1000"), ("trackdrive", 1.5, "whole")],
)  # fmt: skip
def test_a_priority_that_the_system_does_not_have_is_refused(vendor, priority, right):
    (problem,) = wrong(vendor, f"{HEADINGS}a,2125550100,10,{priority},")
    assert problem.startswith("row 1: priority: found ")
    assert right in problem


def test_ringbas_weights_need_a_word_on_what_they_mean():
    rows = ("a", 1, 1), ("b", 1, 4)
    with pytest.raises(ImportFault, match="--weight straight or --weight inverse"):
        taken("ringba", *rows)
    assert weights(taken("ringba", *rows, weight="straight")) == {"a": 1, "b": 4}
    assert weights(taken("ringba", *rows, weight="inverse")) == {"a": 4, "b": 1}
    assert weights(taken("ringba", ("a", 1, 3), ("b", 1, 3))) == {"a": 1, "b": 1}


@pytest.mark.parametrize("vendor", ["trackdrive", "leadexec", "boberdoo"])
def test_elsewhere_a_weight_is_a_share_of_its_tier(vendor):
    done = taken(vendor, ("a", 1, 70), ("b", 1, 30), ("c", 2, 30))
    assert weights(done) == {"a": 7, "b": 3, "c": 1}
    assert [tier.strategy for tier in done.network.campaigns[0].tiers] == ["weighted"] * 2


def test_without_weights_a_tier_is_an_auction():
    done = taken("boberdoo", ("a", 1, ""), ("b", 1, ""))
    assert [tier.strategy for tier in done.network.campaigns[0].tiers] == ["auction"]


WEIGHTS = st.lists(st.integers(1, 1000), min_size=2, max_size=6)


@given(WEIGHTS, st.sampled_from(["straight", "inverse"]))
def test_shares_are_in_the_proportion_that_was_meant(given_weights, kind):
    found = shares([Fraction(one) for one in given_weights], kind)
    meant = [Fraction(one) if kind == "straight" else Fraction(1, one) for one in given_weights]
    assert all(1 <= one <= WEIGHT_MOST for one in found)
    for share, mean in zip(found, meant, strict=True):
        exact = mean / max(meant) * max(found)
        assert abs(share - exact) <= Fraction(1, 2) or share == 1


def test_calls_go_out_in_the_shares_that_the_other_system_gave():
    done = taken("ringba", ("a", 1, 1), ("b", 1, 2), ("c", 1, 4), weight="inverse")
    order, draws = done.network.targets, 7000
    bids = [bid(one.id, 10) for one in order]
    first = Counter(
        rank(bids, strategy="weighted", worth=plain(), order=order, seed=b"%d" % n, turn=0)
        .ranked[0].target
        for n in range(draws)
    )  # fmt: skip
    for name, share in (("a", 4 / 7), ("b", 2 / 7), ("c", 1 / 7)):
        assert abs(first[name] - draws * share) < 4 * (draws * share * (1 - share)) ** 0.5


def test_a_weight_of_0_gets_no_calls_and_has_no_meaning_where_lower_is_more():
    done = taken("trackdrive", ("a", 1, 0), ("b", 1, 5))
    assert [one.paused for one in done.network.targets] == [True, False]
    assert done.notes == ("a: a weight of 0 gets no calls: it is paused",)
    with pytest.raises(ImportFault, match="a weight of 0"):
        taken("ringba", ("a", 1, 0), ("b", 1, 5), weight="inverse")


DAY = {"openTime": {"hour": 9, "minute": 0}, "closeTime": {"hour": 17, "minute": 30}}
LUNCH = {"openTime": {"hour": 12}, "closeTime": {"hour": 13, "minute": 0}}
ROUTE = {
    "target": {
        "name": "Acme Texas",
        "instructions": {"callType": "number", "number": "+1 (214) 555-0121"},
        "targetCallIncrement": "onConvert",
        "schedule": {
            "timeZoneId": "Central Standard Time",
            "allTimeCap": -1,
            "dailyCap": 60,
            "monthlySumCap": 9000,
            "concurrencyCap": 4,
            "hoursOfOperation": [{**DAY, "breaks": [LUNCH]}] * 7,
        },
    },
    "buyer": "Acme",
    "priority": {"priority": 2, "weight": 1},
    "callConversion": {"conversionValue": 22.5, "conversionArgs": {"callLengthInSeconds": 120}},
}


def of_ringba(*routes):
    text = json.dumps({"routes": routes})
    return import_targets(rows_of(text, is_json=True), VENDORS["ringba"], None)


def test_a_route_of_ringba_is_taken_over_with_caps_and_hours():
    done = of_ringba(ROUTE)
    (one,) = done.network.targets
    assert (one.id, one.buyer, one.name) == ("acme-texas", "acme", "Acme Texas")
    assert (one.destination, one.price) == ("+12145550121", micros("22.50"))
    assert (one.billable_after_s, one.concurrency) == (120.0, 4)
    assert one.caps == (Cap("billables", "day", 60), Cap("money", "month", micros(9000)))
    assert one.hours.zone == "America/Chicago"
    assert one.hours.open[6] == ((540, 720), (780, 1050))
    assert done.notes == ()


def test_hours_that_cannot_be_told_leave_a_target_paused_with_a_note():
    schedule = ROUTE["target"]["schedule"]
    days = {**schedule, "hoursOfOperation": [DAY] * 5 + [{"isClosed": True}] * 2}
    done = of_ringba({**ROUTE, "target": {**ROUTE["target"], "schedule": days}})
    assert done.network.targets[0].paused
    assert "hours" in done.notes[0]


def test_inverted_hours_of_ringba_are_the_rest_of_the_day():
    days = {**ROUTE["target"]["schedule"], "hoursOfOperation": [{**DAY, "inverted": True}] * 7}
    (one,) = of_ringba({**ROUTE, "target": {**ROUTE["target"], "schedule": days}}).network.targets
    assert one.hours.open[0] == ((0, 540), (1050, 1440))


def test_all_that_is_wrong_is_told_at_once_with_its_row():
    text = f"{HEADINGS}a,12,free,1,-1\n,2125550100,10,0,\n"
    assert [one.partition(";")[0] for one in wrong("ringba", text, weight="straight")] == [
        "row 1: price: found 'free'",
        "row 1: number: found '12'",
        "row 1: weight: found '-1'",
        "row 2: name: found 'nothing'",
        "row 2: priority: found '0'",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"a": [1], "b": [2]}', "[1]", "nothing"])
def test_what_is_no_list_of_targets_is_refused(text):
    assert wrong("ringba", text, is_json=True)


def test_names_that_are_alike_get_ids_of_their_own():
    done = taken("leadexec", ("Acme!", 0, ""), ("acme", 0, ""), ("\u4e2d", 0, ""))
    assert [one.id for one in done.network.targets] == ["acme", "acme-2", "target"]
