"""A caller who was here before: who may have the call, and whether the publisher is paid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import BuyerId, TargetId
from market.inputs import Inputs
from market.network import Buyer
from market.reasons import reason_of
from market.repeat import BuyerRepeat, CampaignRepeat, Past, Talk
from routing.eligible import Eligible
from routing.narrow import narrowed
from routing.repeats import DAY_MS, Seen, is_refused, is_unpaid, seen_of
from routing.snapshot import compile_network
from tests.routing.worlds import NOON, Books, network, target

NOW_MS = 1_795_000_000_000
CALL = Inputs(campaign="auto", publisher="pub", at_ms=NOW_MS)
TARGETS = [target("a1", buyer="a"), target("a2", buyer="a"), target("b1", buyer="b")]
ALL = ["a1", "a2", "b1"]


def talk(name, days_ago, *, billable=True, paid=True):
    at_ms = NOW_MS - int(days_ago * DAY_MS)
    ids = (TargetId(name), BuyerId(name[0]))
    return Talk(*ids, at_ms, at_ms if billable else None, paid=billable and paid)


def past(days_ago, *talks, campaign="auto", publisher="pub"):
    return Past(campaign, publisher, NOW_MS - int(days_ago * DAY_MS), talks)


def snapshot_of(*, campaign=None, pay_again=None, buyers=None, targets=None):
    whole = network(*[replace(one, **(targets or {})) for one in TARGETS])
    offer = replace(whole.campaigns[0], repeat=campaign)
    publisher = replace(whole.publishers[0], pay_again_days=pay_again)
    both = tuple(Buyer(BuyerId(id_), id_, repeat=buyers) for id_ in "ab")
    changed = replace(whole, campaigns=(offer,), publishers=(publisher,), buyers=both)
    return compile_network(1, changed)


def may(snapshot, *earlier, **call):
    """Return who may have the call of somebody with these earlier ones."""
    known = replace(CALL, past=earlier, **call)
    chosen = Eligible(snapshot.network.targets, ())
    found = narrowed(chosen, snapshot, known, NOON, Books())
    assert len(found.targets) + len(found.excluded) == len(TARGETS)
    for no_bid in found.excluded:
        assert reason_of(no_bid.reason).stage == "not_pinged"
    return [one.id for one in found.targets]


def refused(snapshot, *earlier, **call):
    seen = seen_of("auto", earlier, call.get("anonymous", False), NOW_MS, snapshot.repeats)
    return is_refused(seen, "auto", snapshot.repeats)


def test_without_rules_a_caller_may_come_as_often_as_he_likes():
    snapshot = snapshot_of()
    assert may(snapshot, past(1, talk("a1", 1))) == ALL
    assert not refused(snapshot, past(1, talk("a1", 1)))
    assert snapshot.repeats.days_of("auto", "pub") == 0, "so nothing is read of him"


@pytest.mark.parametrize(
    ("counts", "incoming", "connected", "billable"),
    [
        ("incoming", True, True, True),
        ("connected", False, True, True),
        ("billable", False, False, True),
    ],
)
def test_what_counts_as_an_earlier_call(counts, incoming, connected, billable):
    snapshot = snapshot_of(campaign=CampaignRepeat(30, counts, "nobody"))
    assert refused(snapshot, past(1)) is incoming
    assert refused(snapshot, past(1, talk("a1", 1, billable=False))) is connected
    assert refused(snapshot, past(1, talk("a1", 1))) is billable
    assert not refused(snapshot, past(30, talk("a1", 30)))
    assert not refused(snapshot, past(1, talk("a1", 1), campaign="other"))


@pytest.mark.parametrize(
    ("to", "strict", "earlier", "expected"),
    [
        ("original", False, [talk("a1", 1)], ["a1", "a2"]),
        ("original", True, [talk("a1", 1)], ["a1", "a2"]),
        ("original", True, [talk("a1", 2), talk("b1", 1)], ["b1"]),  # The last one.
        ("original", False, [talk("c1", 1)], ALL),  # It is not there any more.
        ("original", True, [talk("c1", 1)], []),
        ("another", False, [talk("a1", 1)], ["b1"]),
        ("another", True, [talk("a1", 2), talk("b1", 1)], []),
        ("another", False, [talk("a1", 2), talk("b1", 1)], ALL),
        ("anyone", False, [talk("a1", 1)], ALL),
        ("original", True, [talk("a1", 31)], ALL),  # Too long ago.
        ("another", True, [talk("a1", 31)], ALL),
    ],
)
def test_the_same_buyer_or_another_one(to, strict, earlier, expected):
    snapshot = snapshot_of(campaign=CampaignRepeat(30, "connected", to, strict))
    calls = [past(2, one) for one in earlier]
    assert may(snapshot, *calls) == expected
    assert not refused(snapshot, *calls)


def test_a_caller_who_talked_to_nobody_has_no_original():
    snapshot = snapshot_of(campaign=CampaignRepeat(30, "incoming", "original", strict=True))
    assert may(snapshot, past(1)) == ALL


@pytest.mark.parametrize(
    ("after", "billable", "expected"),
    [("connected", False, "x"), ("billable", False, ""), ("billable", True, "x")],
)
def test_a_buyer_or_a_target_does_not_want_the_same_caller_again(after, billable, expected):
    rule, was = BuyerRepeat(30, after), past(1, talk("a1", 1, billable=billable), campaign="other")
    assert may(snapshot_of(buyers=rule), was) == (["b1"] if expected else ALL)
    assert may(snapshot_of(targets={"repeat": rule}), was) == (["a2", "b1"] if expected else ALL)


def test_both_rules_hold_the_targets_and_the_buyers():
    snapshot = snapshot_of(buyers=BuyerRepeat(7), targets={"repeat": BuyerRepeat(30)})
    assert may(snapshot, past(10, talk("a1", 10))) == ["a2", "b1"]
    assert may(snapshot, past(5, talk("a1", 5))) == ["b1"]
    assert may(snapshot, past(31, talk("a1", 31))) == ALL


@pytest.mark.parametrize(
    ("pay_again", "days_ago", "paid", "unpaid"),
    [
        (None, 1, True, False),
        (30, 29, True, True),
        (30, 30, True, False),
        (30, 1, False, False),  # It was sold, and not paid for: that does not count on.
        ("never", 3000, True, True),
    ],
)
def test_a_publisher_is_not_paid_twice_for_a_caller(pay_again, days_ago, paid, unpaid):
    snapshot = snapshot_of(pay_again=pay_again)
    seen = Seen((past(days_ago, talk("a1", days_ago, paid=paid)),), False, NOW_MS)
    assert is_unpaid(seen, snapshot.publisher("pub")) is unpaid
    assert may(snapshot, *seen.past) == ALL, "the buyers do not mind"
    other = Seen((past(1, talk("a1", 1), publisher="other"),), False, NOW_MS)
    assert not is_unpaid(other, snapshot.publisher("pub"))


@pytest.mark.parametrize(("anonymous", "again"), [("new", False), ("duplicate", True)])
def test_callers_without_a_number_are_each_new_or_all_the_same(anonymous, again):
    def rules(to, *, strict=False):
        return CampaignRepeat(30, "connected", to, strict, anonymous)

    assert refused(snapshot_of(campaign=rules("nobody")), anonymous=True) is again
    strict = snapshot_of(campaign=rules("original", strict=True))
    assert may(strict, anonymous=True) == ([] if again else ALL)
    assert may(snapshot_of(campaign=rules("original")), anonymous=True) == ALL
    wanted = snapshot_of(campaign=rules("anyone"), buyers=BuyerRepeat(7), pay_again=7)
    assert may(wanted, anonymous=True) == ([] if again else ALL)
    seen = seen_of("auto", (), True, NOW_MS, wanted.repeats)
    assert is_unpaid(seen, wanted.publisher("pub")) is again


def test_the_longest_rule_says_how_far_back_is_read():
    rules = {"campaign": CampaignRepeat(5), "buyers": BuyerRepeat(40), "pay_again": 90}
    assert snapshot_of(**rules).repeats.days_of("auto", "pub") == 90
    assert snapshot_of(campaign=CampaignRepeat(5), buyers=BuyerRepeat(40)).repeats.days_of(
        "auto", "pub"
    ) == 40  # fmt: skip
    assert snapshot_of(pay_again="never").repeats.days_of("auto", "pub") > 3000


TALKS = st.builds(
    talk, st.sampled_from(ALL), st.floats(0, 60), billable=st.booleans(), paid=st.booleans()
)
PASTS = st.lists(st.builds(past, st.floats(0, 60), TALKS), max_size=4)
TO = st.sampled_from(["original", "another", "anyone"])


@given(PASTS, TO, st.booleans(), st.sampled_from(["incoming", "connected", "billable"]))
def test_strict_never_offers_more_and_what_is_not_strict_always_offers_somebody(
    pasts, to, strict, counts
):
    lax = may(snapshot_of(campaign=CampaignRepeat(30, counts, to)), *pasts)
    hard = may(snapshot_of(campaign=CampaignRepeat(30, counts, to, strict)), *pasts)
    assert lax
    assert set(hard) <= set(lax)
    if hard and strict:
        assert hard == lax
