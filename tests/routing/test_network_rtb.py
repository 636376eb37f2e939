"""Doors for publishers in the network file: what must go together, each mistake with its place."""

import pytest

from market.money import micros
from market.rtb import RtbDoor, promise_of
from routing.network_diff import diff
from routing.network_file import read_network, write_network
from tests.routing.small_file import SMALL, only, problems

HEAD = '\n[[rtb]]\nid = "door"\ncampaign = "auto"\npublisher = "pub"\n'
DOOR = HEAD + 'sip_host = "rtb.example.com"\n'


def test_a_door_of_few_lines_has_all_defaults():
    network = read_network(SMALL + DOOR, "net.toml")
    assert network.rtb == (RtbDoor("door", "auto", "pub", sip_host="rtb.example.com"),)
    assert read_network(write_network(network), "export") == network


@pytest.mark.parametrize(
    ("more", "key", "right"),
    [
        ("told_ms = 850", "told_ms", "less than deadline_ms less 50, which is 850"),
        ("deadline_ms = 1000", "deadline_ms", "less than timeout_ms, which is 1000"),
        ("dial_s = 30", "dial_s", "less than expiry_s, which is 20"),
        ('bid = "9"', "bid", "pass_through = false"),
        ("pass_through = false", "bid", "what is promised"),
        ('pass_through = false\nbid = "9"\nmargin_percent = 1', "margin_percent", "bid alone"),
        ('numbers = ["+12125550199"]', "numbers[0]", "[[number]] block with this campaign"),
        ('shared_number = "+12125550199"', "shared_number", "[[number]] block with this campaign"),
        (
            'required = ["ivr.age"]',
            "required[0]",
            "anonymous_answers of its campaign (ivr.insured)",
        ),
        ('other_caller = "perhaps"', "other_caller", "one of: promise, ordinary, refuse"),
        ("rate_max = 0", "rate_max", "a whole number 1..1000000 of pings"),
        ('priority = "1"', "priority", "a whole number 1..100"),
        ("margin = 3", "margin", "a known one"),
    ],
)
def test_what_is_wrong_with_a_door_is_told_with_its_place(more, key, right):
    problem = only(SMALL + DOOR + more + "\n")
    assert problem.key == f"rtb[0].{key}"
    assert right in problem.right


def test_a_door_needs_a_way_to_be_called():
    assert "sip_host, numbers or shared_number" in only(SMALL + HEAD).right


def test_a_door_needs_a_tracking_number_of_its_own():
    other = '\n[[publisher]]\nid = "other"\nname = "Other"\n'
    door = DOOR.replace('publisher = "pub"', 'publisher = "other"')
    assert "buyers see its calls under it" in only(SMALL + other + door).right


def test_a_number_belongs_to_one_door():
    doors = HEAD + 'numbers = ["+12125550100"]\n'
    doors += HEAD.replace('"door"', '"two"') + 'shared_number = "+12125550100"\n'
    assert only(SMALL + doors).key == "rtb[1].shared_number"


def test_an_unknown_campaign_and_publisher_and_a_second_id_are_told():
    assert only(SMALL + DOOR + DOOR).key == "rtb[1].id"
    wrong = DOOR.replace('campaign = "auto"', 'campaign = "autos"')
    keys = {p.key for p in problems(SMALL + wrong)}
    assert "rtb[0].campaign" in keys


def test_a_change_of_a_door_is_told_key_by_key():
    old = read_network(SMALL + DOOR, "net.toml")
    new = read_network(SMALL + DOOR + 'margin_min = "1.50"\n', "net.toml")
    assert [str(change) for change in diff(old, new)] == [
        "changed rtb door: margin_min 0.00 -> 1.50"
    ]
    none = read_network(SMALL, "net.toml")
    assert [str(change) for change in diff(none, old)] == ["added rtb door"]


@pytest.mark.parametrize(
    ("price", "terms", "promised"),
    [
        ("20", {}, "14"),
        ("20", {"margin_percent": 25, "margin_amount": micros("0.50")}, "14.50"),
        ("20", {"margin_percent": 0, "margin_min": micros(3)}, "17"),
        ("10.01", {}, "7"),  # 7.007, in whole cents and never up.
        ("2", {"margin_min": micros(3)}, "0"),
        ("90", {"bid_max": micros(25)}, "25"),
        ("1", {"pass_through": False, "bid": micros(9)}, "9"),
    ],
)
def test_the_promise_is_the_price_less_our_margin(price, terms, promised):
    assert promise_of(RtbDoor("door", "auto", "pub", **terms), micros(price)) == micros(promised)
