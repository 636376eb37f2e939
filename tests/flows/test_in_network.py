"""Flows of a network: beside it or inside, named by campaigns, versioned and compared with it."""

from __future__ import annotations

import tomllib

import pytest

from auctiond.networks.reading import read_file
from market.network import Network
from routing.flows.writing import flow_document
from routing.network_diff import diff
from routing.network_error import NetworkError
from routing.network_file import read_network, write_network
from routing.snapshot import compile_network
from tests.flows.small import SMALL, small
from tests.flows.test_examples import EXAMPLES

NETWORK = """
name = "Small"
[[campaign]]
id = "auto"
name = "Auto"
vertical = "auto"
flow = "small"
fallback = "+12125550101"
anonymous_answers = ["insured"]
[[campaign.tier]]
targets = ["desk"]
[[publisher]]
id = "pub"
name = "Pub"
[[number]]
number = "+12125550100"
campaign = "auto"
publisher = "pub"
[[buyer]]
id = "acme"
name = "Acme"
[[target]]
id = "desk"
buyer = "acme"
price = "10.00"
destination = "+12125550102"
[[flow]]
id = "small"
file = "small.flow.toml"
"""


def read(text: str = NETWORK, flow: str = SMALL) -> Network:
    """Return the network, its flow in a file beside it."""
    return read_network(text, "network.toml", None, lambda name: flow)


def problems(text: str = NETWORK, flow: str = SMALL) -> list[str]:
    """Return what is wrong with the network."""
    with pytest.raises(NetworkError) as caught:
        read(text, flow)
    return [str(one) for one in caught.value.problems]


def test_a_flow_beside_the_network_is_part_of_it() -> None:
    network = read()
    assert network.flows == (small(),)
    assert compile_network(1, network).flows["small"].begin == "hello"


def test_it_is_written_back_inside_and_reads_equal() -> None:
    network = read()
    text = write_network(network)
    assert "file" not in tomllib.loads(text)["flow"][0]
    assert read_network(text, "again") == network


def test_a_change_of_a_flow_is_a_change_of_the_network() -> None:
    changes = [str(one) for one in diff(read(), read(flow=SMALL.replace("Hello.", "Hi.")))]
    assert changes == ["changed flow small: node[0].say Hello. -> Hi."]


def test_what_is_wrong_in_the_file_is_told_with_its_line() -> None:
    assert problems(flow=SMALL.replace('next = "zip"', 'next = "zap"'))[0].startswith(
        "small.flow.toml:7: node[0].next: found the unknown node"
    )


def test_a_campaign_names_a_flow_that_is_there() -> None:
    assert "campaign[0].flow" in problems(NETWORK.replace('flow = "small"', 'flow = "big"'))[0]


def test_greeting_and_flow_exclude_each_other() -> None:
    text = NETWORK.replace("fallback =", 'greeting = "Hi."\nfallback =')
    assert "campaign[0].greeting" in problems(text)[0]


def test_what_a_target_requires_some_way_gathers() -> None:
    text = NETWORK.replace('price = "10.00"', 'price = "10.00"\nrequired = ["ivr.insured"]')
    assert 'requires "ivr.insured"' in problems(text)[0]
    asks = SMALL.replace(
        'next = "zip"',
        'next = "ask"\n[[node]]\nid = "ask"\nkind = "yes_no"\nsay = "Insured?"\n'
        'keep_as = "insured"\nyes = "zip"\nno = "zip"\notherwise = "zip"',
    )
    assert read(text, asks).flows


def test_a_flow_does_not_dial_our_own_numbers() -> None:
    dials = SMALL.replace('id = "bye"\nkind = "hang_up"', DIALS)
    assert "come back to us" in problems(flow=dials)[0]


DIALS = """id = "bye"
kind = "dial"
to = "+12125550100"
unanswered = "end"
[[node]]
id = "end"
kind = "hang_up"
"""


def test_a_flow_is_plain_data_for_json_too() -> None:
    document = flow_document(small(), defaults=False)
    assert document["node"][1] == {
        "id": "zip",
        "kind": "gather",
        "check": "zip",
        "say": "Your zip?",
        "next": "sell",
        "otherwise": "bye",
    }


def test_the_example_network_has_its_flow_beside_it() -> None:
    network = read_file(EXAMPLES / "medicare.toml", None)
    (flow,) = network.flows
    assert network.campaigns[0].flow == flow.id == "medicare"
    assert read_network(write_network(network), "again") == network
