"""What an auction was decided by decides it again; on another network, what is unknown is named."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from uuid import UUID

from hypothesis import given

from market.bids import Bid, NoBid
from market.inputs import Inputs
from market.money import micros
from market.network import Cap, PingTarget
from market.repeat import Past as Earlier
from market.repeat import Talk
from routing.decide import Reading, choose, decide, worth_at
from routing.snapshot import compile_network
from routing.what_if import NOT_ASKED, Past, suppose, tier_deadline_ms
from routing.worth import plain
from tests.routing.networks import SEEDS, any_network
from tests.routing.worlds import NOON, Books, bid, network, target

CALL_ID = UUID(int=7)
AT_MS = int(NOON.timestamp() * 1000)
PING = PingTarget("plain_json", "https://a.example")
REASONS = ("timeout", "reject:no", "closed_early", "unparseable")


def any_inputs(snapshot, seed):
    """Return what some auction of some campaign was decided by."""
    draw = Random(seed)
    campaign = draw.choice(snapshot.network.campaigns)
    facts = (("zip", draw.choice(["90210", "10001"])), ("ivr.insured", "yes"))
    inputs = Inputs(
        network=1,
        campaign=campaign.id,
        anonymous=draw.random() < 0.2,
        past=any_past(draw, snapshot.network),
        tier=draw.randrange(len(campaign.tiers)),
        facts=facts,
        at_ms=AT_MS + draw.randrange(10**9),
        publisher=draw.choice([one.id for one in snapshot.network.publishers]),
        chances=tuple((one.id, draw.randrange(10**6)) for one in snapshot.network.targets),
        turn=draw.randrange(5),
        shed=draw.random() < 0.1,
        deadline_ms=snapshot.tiers[campaign.id][0].deadline_ms,
        took_ms=12.5,
        closed_ms=AT_MS + 20,
    )
    posted = {f"wallet:{one.id}": draw.choice([0, 10**12]) for one in snapshot.network.buyers}
    reading = Reading(Books(posted))
    chosen = choose(snapshot, inputs, reading)
    worth = worth_at(snapshot, inputs)
    replies = () if inputs.shed else tuple(any_reply(draw, one, worth) for one in chosen.targets)
    return replace(inputs, used=reading.refusing(chosen, inputs, snapshot), replies=replies)


def any_past(draw, network):
    """Return earlier calls of a caller, with talks of yesterday and of last month."""
    talks = tuple(
        Talk(one.id, one.buyer, AT_MS - days * 86_400_000, AT_MS - days * 86_400_000, True)
        for one in network.targets
        if (days := draw.choice([0, 1, 31]))
    )
    return draw.choice([(), (Earlier(draw.choice(network.campaigns).id, "pub", AT_MS, talks),)])


def any_reply(draw, one, worth):
    if one.ping is None:
        return worth.standing_bid(one)
    if draw.random() < 0.4:
        return NoBid(one.id, draw.choice(REASONS))
    return replace(
        bid(one.id, 1), price=draw.randint(1, one.price_max), ms=float(draw.randrange(900))
    )


@given(SEEDS)
def test_the_same_inputs_on_the_same_network_decide_the_same(seed):
    snapshot = compile_network(1, any_network(seed))
    inputs = any_inputs(snapshot, seed)
    closed = decide(snapshot, CALL_ID, inputs)
    same = suppose(Past(CALL_ID, inputs), snapshot, snapshot)
    assert same.closed.ranked == closed.ranked
    unheard = {no.target for no in closed.others if no.reason == "closed_early"}
    assert set(same.unknown) <= unheard
    told = {no.target: no.reason for no in same.closed.others if no.reason != NOT_ASKED}
    assert told.items() <= {no.target: no.reason for no in closed.others}.items()


def past(was, *replies, came=(), used=(), shed=False):
    """Return an auction that was held on the network `was`, and that network."""
    used = (("wallet:acme", micros(1000)), *used)
    inputs = Inputs(1, "auto", at_ms=AT_MS, used=used, replies=replies, shed=shed)
    inputs = replace(inputs, deadline_ms=tier_deadline_ms(compile_network(1, was), inputs))
    return Past(CALL_ID, inputs, came), compile_network(1, was)


def supposed(past_, was, new):
    found = suppose(past_, was, compile_network(2, new))
    reasons = {no.target: no.reason for no in found.closed.others}
    return [one.target for one in found.closed.ranked], reasons, found.unknown


ASKED = target("a", ping=PING, price=None)
OTHER = target("b", ping=PING, price=None)


def test_a_higher_reserve_drops_bids_and_a_lower_one_brings_them_back():
    held = past(network(ASKED, OTHER, reserve=micros(9)), bid("a", 10), bid("b", 5))
    assert supposed(*held, network(ASKED, OTHER, reserve=micros(11)))[0] == []
    ranked, reasons, unknown = supposed(*held, network(ASKED, OTHER, reserve=micros(2)))
    assert (ranked, reasons, unknown) == (["a", "b"], {}, ())


def test_a_target_that_was_never_asked_is_unknown_and_one_with_a_price_is_computed():
    held = past(network(ASKED), bid("a", 10))
    ranked, reasons, unknown = supposed(*held, network(ASKED, OTHER, target("c", price=micros(12))))
    assert (ranked, reasons, unknown) == (["c", "a"], {"b": NOT_ASKED}, ("b",))


def test_a_price_that_changed_is_taken_from_the_new_network():
    standing = plain().standing_bid(target("c"))
    held = past(network(target("c", price=micros(12)), ASKED), standing, bid("a", 10))
    assert supposed(*held, network(target("c", price=micros(9)), ASKED))[0] == ["a", "c"]


def test_a_cap_is_judged_by_what_was_used_then():
    capped = replace(ASKED, caps=(Cap("calls", "ever", 5),))
    roomy = replace(ASKED, caps=(Cap("calls", "ever", 6),))
    held = past(network(capped), used=(("cap:a:calls/ever:ever", -5),))
    assert supposed(*held, network(capped))[1] == {"a": "cap:calls/ever"}
    assert supposed(*held, network(roomy))[2] == ("a",)  # It would be asked; nobody knows more.


def test_a_bid_that_came_after_an_early_decision_counts():
    held = past(
        network(ASKED, OTHER), bid("a", 10), NoBid("b", "closed_early"), came=(bid("b", 9),)
    )
    assert supposed(*held, network(ASKED, OTHER))[0] == ["a", "b"]


def test_a_deadline_that_is_shorter_makes_slow_bids_timeouts_and_a_longer_one_doubts():
    held = past(network(ASKED, OTHER), replace(bid("a", 10), ms=700.0), NoBid("b", "timeout"))
    short, long = (network(ASKED, OTHER, deadline_ms=ms) for ms in (500, 2000))
    assert supposed(*held, short)[:2] == ([], {"a": "timeout", "b": "timeout"})
    assert supposed(*held, long)[2] == ("b",)


def test_a_ceiling_is_that_of_the_new_network():
    held = past(network(ASKED, OTHER), bid("a", 10), NoBid("b", "over_ceiling"))
    low = replace(ASKED, price_max=micros(9))
    high = replace(OTHER, price_max=micros(900))
    ranked, reasons, unknown = supposed(*held, network(low, high))
    assert (ranked, reasons["a"], unknown) == ([], "over_ceiling", ("b",))


def test_an_auction_that_was_shed_is_shed_again():
    held = past(network(ASKED), shed=True)
    assert supposed(*held, network(ASKED))[1] == {"a": "shed"}


def test_a_decision_reads_bids_and_refusals_alike():
    held, was = past(network(ASKED, OTHER), bid("a", 10), NoBid("b", "timeout"))
    closed = decide(was, CALL_ID, held.inputs)
    assert [type(one) for one in (*closed.ranked, *closed.others)] == [Bid, NoBid]
