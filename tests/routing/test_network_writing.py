"""What is written reads back equal, and what differs is told key by key."""

from dataclasses import replace

import pytest
from hypothesis import given

from market.money import micros
from market.network import Cap, Network, ValueList
from market.schedule import Hours
from routing.network_diff import diff
from routing.network_file import read_network, write_network
from tests.routing.networks import SEEDS, any_network
from tests.routing.small_file import SMALL
from tests.routing.test_network_file import EXAMPLE


@given(SEEDS.map(any_network))
def test_a_network_that_is_written_reads_back_equal(network):
    assert read_network(write_network(network), "export") == network


def test_the_example_reads_back_equal_and_is_written_alike_again():
    network = read_network(EXAMPLE.read_text("utf-8"), "example")
    text = write_network(network)
    assert read_network(text, "export") == network
    assert write_network(read_network(text, "export")) == text


def test_a_network_of_nothing_can_be_written_and_read():
    network = Network("Empty", (), (), (), (), ())
    assert write_network(network) == 'name = "Empty"\n'
    assert read_network(write_network(network), "export") == network


@pytest.mark.parametrize("text", ['"', "\\", "a = [b]", "# no comment", "\u00e9\u4e2d\U0001f600"])
def test_any_text_is_written_so_that_it_reads_back(text):
    network = replace(read_network(SMALL, "net.toml"), name=text)
    assert read_network(write_network(network), "export") == network


def test_a_setting_of_any_name_is_written_so_that_it_reads_back():
    network = read_network(SMALL, "net.toml")
    ping = replace(network.targets[0].ping, settings={"a\x7f\n.b": "x", "": "y"})
    network = replace(network, targets=(replace(network.targets[0], ping=ping), network.targets[1]))
    assert read_network(write_network(network), "export") == network


def test_defaults_are_left_out():
    text = write_network(read_network(SMALL, "net.toml"))
    assert "weight =" not in text
    assert "currency" not in text
    assert 'price = "12.50"' in text


@given(SEEDS.map(any_network))
def test_a_network_does_not_differ_from_itself(network):
    assert diff(network, network) == []


@given(SEEDS.map(any_network), SEEDS.map(any_network))
def test_two_networks_without_a_difference_are_equal_but_for_order(one, other):
    def in_order(network):
        return replace(
            network,
            campaigns=tuple(sorted(network.campaigns, key=lambda c: c.id)),
            publishers=tuple(sorted(network.publishers, key=lambda p: p.id)),
            numbers=tuple(sorted(network.numbers, key=lambda x: x.number)),
            buyers=tuple(sorted(network.buyers, key=lambda b: b.id)),
            targets=tuple(sorted(network.targets, key=lambda t: t.id)),
            rtb=tuple(sorted(network.rtb, key=lambda door: door.id)),
        )

    assert (diff(one, other) == []) == (in_order(one) == in_order(other))


def test_changes_are_told_key_by_key_from_old_to_new():
    old = read_network(SMALL, "net.toml")
    west, desk = old.targets
    hours = Hours("America/Los_Angeles", {**west.hours.open, 5: ((600, 720),)})
    new = replace(
        old,
        name="Bigger",
        buyers=(replace(old.buyers[0], paused=True),),
        targets=(
            replace(west, hours=hours),
            replace(desk, price=micros(14), caps=(*desk.caps, Cap("money", "day", micros(90)))),
        ),
    )
    assert [str(change) for change in diff(old, new)] == [
        "changed network: name Small -> Bigger",
        "changed buyer acme: paused no -> yes",
        "changed target desk: price 12.50 -> 14.00",
        "changed target desk: cap[1].kind - -> money",
        "changed target desk: cap[1].period - -> day",
        "changed target desk: cap[1].limit - -> 90.00",
        "changed target west: hours.sat - -> 10:00-12:00",
    ]


def test_a_change_of_a_long_list_is_cut_short():
    old = replace(read_network(SMALL, "net.toml"), lists=(ValueList("zips", ("90210",)),))
    zips = tuple(str(number) for number in range(10_000, 50_000))
    (change,) = diff(old, replace(old, lists=(ValueList("zips", zips),)))
    assert str(change).startswith("changed list zips: values 90210 -> 10000, 10001, ")
    assert str(change).endswith("... (279998 characters)")


def test_what_comes_and_what_goes_is_told_in_one_line_each():
    old = read_network(SMALL, "net.toml")
    new = replace(
        old, targets=(old.targets[0],), numbers=(replace(old.numbers[0], number="+12125550177"),)
    )
    assert [str(change) for change in diff(old, new)] == [
        "removed number +12125550100",
        "added number +12125550177",
        "removed target desk",
    ]


def test_the_order_of_a_tier_is_a_change_and_the_order_of_blocks_is_none():
    old = read_network(SMALL, "net.toml")
    assert diff(old, replace(old, targets=old.targets[::-1])) == []
    campaign = old.campaigns[0]
    first = replace(campaign.tiers[0], targets=campaign.tiers[0].targets[::-1])
    new = replace(old, campaigns=(replace(campaign, tiers=(first, campaign.tiers[1])),))
    assert [str(change) for change in diff(old, new)] == [
        "changed campaign auto: tier[0].targets west, desk -> desk, west"
    ]


def test_blocked_callers_are_told_without_their_numbers():
    old = read_network(SMALL, "net.toml")
    new = replace(old, blocked_callers=("+1800*", "+12125550123"))
    assert [str(change) for change in diff(old, new)] == [
        "changed network: blocked_callers 1 of them -> "
        "2 of them: without +1900*, with +1212...23, with +1800*"
    ]
