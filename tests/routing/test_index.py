"""The index of a large tier has the same answer as looking at each target, whatever the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import BuyerId
from market.condition import And, Comparison, Not, Or
from market.money import micros
from market.network import Buyer, Cap, Filter, Pause, ValueList
from market.pricing import Modifier
from market.schedule import Hours
from routing import eligible as module
from routing.clauses import CLAUSES_MOST, clauses_of
from routing.condition_compiling import compile_condition, values_of
from routing.eligible import ASKED_MOST, eligible, look_up, scan
from routing.filters import Rule, compile_filters
from routing.index_building import INDEX_LEAST, build_index
from routing.one_target import Moment
from routing.snapshot import compile_network
from routing.standing import Standing, Standings
from tests.routing.conditions import CONDITIONS, FACTS, LISTS
from tests.routing.worlds import NOON, Books, network, target

VALUES = {name: values_of(listed) for name, listed in LISTS.items()}
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")  # The last has a quarter of an hour.
SEEDS = st.integers(0, 2**32)


class Ledger(Books):
    """A ledger that knows all its accounts, and tells who wants to know of each change."""

    def __init__(self):
        super().__init__()
        self.all = {}
        self.standings = Standings(self.all)

    def put(self, account, posted, held=0):
        self.posted[account], self.held[account] = posted, held
        self.all[account] = (posted, held)
        self.standings.moved({account: (posted, held)})


def some_targets(draw, conditions, count):
    """Return random targets; few texts, so that rules often hold."""
    return tuple(some_target(draw, number, conditions) for number in range(count))


def some_target(draw, number, conditions):
    filters = tuple(
        Filter(condition=draw.choice(conditions)) for _ in range(draw.choice((0, 1, 1, 2)))
    )
    if draw.random() < 0.3:
        some = tuple(draw.sample(("1", "9*", "0", "01", "a*"), draw.randint(1, 3)))
        none = tuple(draw.sample(("19", "0*"), draw.randint(0, 2)))
        filters += (Filter("zip", any_of=draw.choice((some, ())), none_of=none),)
    hours = None
    if draw.random() < 0.4:
        opens = draw.choice((0, 600, 735))
        hours = Hours(draw.choice(ZONES), dict.fromkeys(range(7), ((opens, opens + 300),)))
    caps = ()
    if draw.random() < 0.5:
        period = draw.choice(("hour", "day", "ever"))
        caps = (Cap("calls", period, draw.randint(1, 3)),)
        caps += (Cap("money", "day", micros(draw.choice((5, 40)))),) * (draw.random() < 0.3)
    return target(
        f"t{number}",
        buyer=draw.choice(("acme", "bolt")),
        price=micros(draw.choice((5, 10, 20))),
        filters=filters,
        required=draw.choice(((), (), ("ivr.a",))),
        consent=draw.choice(((), (), ("jornaya",))),
        modifiers=(Modifier("reject", condition=draw.choice(conditions)),) * (draw.random() < 0.1),
        hours=hours,
        caps=caps,
        concurrency=draw.choice((None, 1)),
        paused=draw.random() < 0.1,
        pauses=(Pause(begin=NOON.replace(tzinfo=None)),) * (draw.random() < 0.1),
    )


def net(targets):
    lists = tuple(ValueList(name, listed) for name, listed in LISTS.items())
    buyers = tuple(Buyer(BuyerId(id_), id_, credit=micros(6)) for id_ in ("acme", "bolt"))
    return replace(network(*targets), buyers=buyers, lists=lists)


def same(snapshot, index, standing, facts, at, usage, blocked=frozenset()):
    """Check that both ways agree on targets and on every reason; return the targets."""
    known = {**facts, "vertical": "auto_insurance"}
    candidates = snapshot.tier("auto", 0).candidates
    looked = scan(candidates, Moment(known, at, usage, blocked))
    found = look_up(candidates, index, standing, Moment(known, at, usage, blocked), at)
    assert found.targets == looked.targets
    assert found.all_excluded() == looked.excluded
    assert set(found.excluded) <= set(looked.excluded)
    return found.targets


@given(st.lists(CONDITIONS, min_size=1, max_size=5), st.lists(FACTS, min_size=1, max_size=4), SEEDS)
def test_both_ways_agree_on_random_rules_while_accounts_move(conditions, calls, seed):
    draw = Random(seed)
    snapshot = compile_network(1, net(some_targets(draw, conditions, 12)))
    index = build_index(snapshot.tier("auto", 0).candidates, least=1)
    ledger, at = Ledger(), NOON
    standing = ledger.standings.of(index)
    for facts in calls * 3:
        facts = facts | draw.choice(({}, {"consent.jornaya": "Y"}, {"consent.jornaya": "N"}))
        blocked = draw.choice((frozenset(), frozenset({"t1", "t5", "elsewhere"})))
        same(snapshot, index, standing, facts, at, ledger, blocked)
        same(snapshot, index, Standing(index, None), facts, at, ledger)
        for _ in range(draw.randrange(4)):
            move(draw, ledger, snapshot, at)
        at += timedelta(minutes=draw.choice((0, 1, 14, 60, 24 * 60)))


def move(draw, ledger, snapshot, at):
    """Use up a cap, a slot or a wallet, or give it back."""
    one = draw.choice(snapshot.tier("auto", 0).candidates)
    if draw.random() < 0.3:
        ledger.put(one.wallet, micros(draw.choice((0, 4, 14, 100))))
    else:
        hour, day = at.strftime("%Y-%m-%dT%H+0000"), at.date().isoformat()
        names = ("calls/ever:ever", f"calls/day:{day}", f"calls/hour:{hour}", f"money/day:{day}")
        account = f"cap:{one.target.id}:{draw.choice(names)}"
        if draw.random() < 0.3:
            ledger.put(f"slot:{one.target.id}", 0, draw.randint(0, 1))
        else:
            ledger.put(account, -draw.choice((0, 1, 3, micros(30))))


@given(st.lists(CONDITIONS, min_size=1, max_size=4), st.lists(FACTS, min_size=1, max_size=3), SEEDS)
def test_a_later_version_shares_the_former_and_agrees_as_well(conditions, calls, seed):
    draw = Random(seed)
    targets = some_targets(draw, conditions, 24)
    snapshot = compile_network(1, net(targets))
    index = build_index(snapshot.tier("auto", 0).candidates, least=1)
    for version in range(2, 6):
        targets = changed(draw, targets, conditions, version)
        newer = compile_network(version, net(targets), snapshot)
        newer_index = build_index(newer.tier("auto", 0).candidates, index, least=1)
        ledger = Ledger()
        for facts in calls:
            for _ in range(3):
                move(draw, ledger, newer, NOON)
            same(newer, newer_index, ledger.standings.of(newer_index), facts, NOON, ledger)
        for facts in calls:  # Calls under way keep the one they have.
            same(snapshot, index, Standing(index, None), facts, NOON, Books())
        snapshot, index = newer, newer_index


def changed(draw, targets, conditions, version):
    """Return the targets with some changed, one gone, one new, in another order at times."""
    found = list(targets)
    at = draw.randrange(len(found))
    found[at] = replace(some_target(draw, at, conditions), id=found[at].id)
    del found[draw.randrange(len(found))]
    found.insert(draw.randrange(len(found)), some_target(draw, 100 * version, conditions))
    if draw.random() < 0.2:
        draw.shuffle(found)
    return tuple(found)


def test_what_did_not_change_is_shared():
    targets = [
        target(f"t{n}", filters=(Filter("zip", any_of=(f"{n:05d}",)), Filter("state", ("TX",))))
        for n in range(300)
    ]
    old = compile_network(1, network(*targets))
    targets[7] = replace(targets[7], filters=(Filter("state", any_of=("CA",)),))
    new = compile_network(2, network(*targets), old)
    before, after = old.tier("auto", 0).index, new.tier("auto", 0).index
    assert after.members[6] is before.members[6]
    ((zips, table),) = [item for item in before.tables.items() if item[0][1] == "zip"]
    assert after.tables[zips]["00006"] is table["00006"]
    assert "00007" not in after.tables[zips]
    assert (
        compile_network(3, network(*targets), new).tier("auto", 0).index.tables[zips]
        is (after.tables[zips])
    )


@given(CONDITIONS, FACTS)
def test_clauses_say_what_the_condition_says(condition, facts):
    rule = Rule("x", compile_condition(condition, VALUES))
    clauses = clauses_of([rule])
    if clauses is not None:
        assert len(clauses) <= CLAUSES_MOST
        held = all(any(atom.holds(facts) for atom in clause) for clause in clauses)
        assert held == rule.passes(facts)


def test_rules_that_would_explode_are_asked_one_by_one():
    pairs = tuple(
        And((Comparison("ivr.a", "in", (str(n),)), Comparison("ivr.b", "in", (str(n),))))
        for n in range(8)
    )
    rules = compile_filters([Filter(condition=Or(pairs))])
    assert clauses_of(rules) is None
    odd = target("odd", filters=(Filter(condition=Or(pairs)),))
    snapshot = compile_network(1, network(odd, target("a")))
    index = build_index(snapshot.tier("auto", 0).candidates, least=1)
    assert len(index.one_by_one) == 1
    for value, expected in (("3", ["odd", "a"]), ("9", ["a"])):
        facts = {"ivr.a": value, "ivr.b": value}
        found = same(snapshot, index, Ledger().standings.of(index), facts, NOON, Books())
        assert [one.id for one in found] == expected


def test_more_patterns_than_are_tried_are_asked_one_by_one():
    def asks(n):
        return (Filter(condition=Not(Comparison("ivr.a", "matches", (f"^{n}$",)))),)

    targets = [target(f"t{n}", filters=asks(n)) for n in range(150)]
    snapshot = compile_network(1, network(*targets))
    index = build_index(snapshot.tier("auto", 0).candidates, least=1)
    assert len(index.one_by_one) == 150 - 128
    found = same(snapshot, index, Standing(index, None), {"ivr.a": "7"}, NOON, Books())
    assert len(found) == 149


def test_a_small_tier_has_no_index_and_a_large_one_has():
    for count, has in ((INDEX_LEAST - 1, False), (INDEX_LEAST, True)):
        targets = [target(f"t{n}") for n in range(count)]
        assert (compile_network(1, network(*targets)).tier("auto", 0).index is not None) is has


@pytest.mark.parametrize("count", [50, ASKED_MOST + 20, INDEX_LEAST])
def test_through_the_front_door_both_give_reasons_for_everybody(count):
    targets = [target(f"t{n}", filters=(Filter("zip", any_of=("1", "2")),)) for n in range(count)]
    targets[3] = replace(targets[3], filters=(Filter("zip", any_of=("9",)),))
    ledger = Ledger()
    ledger.put("wallet:acme", micros(1000))
    snapshot = compile_network(1, network(*targets))
    facts = {"zip": "1"}
    found = eligible(snapshot, "auto", 0, facts, NOON, ledger, ledger.standings)
    assert len(found.targets) == min(count - 1, ASKED_MOST)
    assert (found.explain("t3"), found.explain("t4")) == ("filter:zip", "")
    assert len(found.targets) + len(found.all_excluded()) == count
    assert (found.excluded == ()) is (count >= INDEX_LEAST)
    if count > ASKED_MOST:
        assert found.explain(f"t{count - 1}") == module.CROWD


def test_a_wallet_that_runs_dry_takes_all_targets_of_its_buyer_out_until_it_is_filled():
    snapshot = compile_network(1, network(*[target(f"t{n}") for n in range(INDEX_LEAST)]))
    ledger = Ledger()
    for left, expected in ((micros(10), ASKED_MOST), (micros(9), 0), (micros(10), ASKED_MOST)):
        ledger.put("wallet:acme", left)
        found = eligible(snapshot, "auto", 0, {}, NOON, ledger, ledger.standings)
        assert len(found.targets) == expected
        assert {no.reason for no in found.excluded} == ({"balance"} if not expected else set())


def test_a_cap_that_is_used_up_is_open_again_in_its_next_window():
    one = target("t0", caps=(Cap("calls", "hour", 2),))
    rest = [target(f"t{n}") for n in range(1, INDEX_LEAST)]
    snapshot = compile_network(1, network(one, *rest))
    ledger = Ledger()
    ledger.put("wallet:acme", micros(1000))
    for used, minutes, reason in ((1, 0, ""), (2, 1, "cap:calls/hour"), (2, 59, "cap:calls/hour")):
        ledger.put("cap:t0:calls/hour:2026-11-23T12+0000", -used)
        at = NOON + timedelta(minutes=minutes)
        found = eligible(snapshot, "auto", 0, {}, at, ledger, ledger.standings)
        assert found.explain("t0") == reason
    found = eligible(snapshot, "auto", 0, {}, NOON + timedelta(hours=1), ledger, ledger.standings)
    assert found.explain("t0") == ""


def test_an_account_that_gives_is_not_looked_up():
    class Closed:
        def available(self, account):
            raise AssertionError(account)

    snapshot = compile_network(1, network(*[target(f"t{n}") for n in range(INDEX_LEAST)]))
    ledger = Ledger()
    ledger.put("wallet:acme", micros(1000))
    found = eligible(snapshot, "auto", 0, {}, NOON, Closed(), ledger.standings)
    assert len(found.targets) == ASKED_MOST
