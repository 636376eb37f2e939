"""Callbacks and look-ups in the network file."""

import pytest

from market.callback import CallbackTerms, Lookup
from routing.network_diff import diff
from routing.network_file import read_network, write_network
from tests.routing.small_file import SMALL, changed, only

PUBLISHER = "[[publisher]]"
CALLBACK = """[campaign.callback]
number = "+12125550100"
first = "buyer"
attempts = 5
attempts_per_day = 1
again_after_s = 7200
ring_s = 20
expires_after_s = 86400
consent_days = 30
lookups = ["litigator"]

[[lookup]]
id = "litigator"
format = "plain_json"
url = "https://dnc.example/check"
deadline_s = 2
keep_days = 7

[lookup.secrets]
key = "env:DNC_KEY"

[[publisher]]
"""
FULL = changed(PUBLISHER, CALLBACK)


def test_callbacks_and_lookups_are_read_and_written_back():
    network = read_network(FULL, "net.toml")
    assert network.campaigns[0].callback == CallbackTerms(
        "+12125550100", "buyer", 5, 1, 7200.0, 20.0, 86_400.0, 30, ("litigator",)
    )
    assert network.lookups == (
        Lookup(
            "litigator",
            "plain_json",
            "https://dnc.example/check",
            {"key": "env:DNC_KEY"},
            2.0,
            7,
        ),
    )
    assert read_network(write_network(network), "export") == network


def test_a_change_of_the_terms_is_shown():
    old, new = read_network(FULL, "old"), read_network(FULL.replace("= 20", "= 30"), "new")
    (change,) = diff(old, new)
    assert "ring_s" in str(change)


def test_a_campaign_that_says_nothing_calls_nobody_back():
    assert read_network(SMALL, "net.toml").campaigns[0].callback is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"+12125550100"\nfirst', '"+12125550199"\nfirst', "campaign[0].callback.number"),
        ('number = "+12125550100"\nfirst', "first", "campaign[0].callback.number"),
        ('"buyer"\nattempts', '"both"\nattempts', "campaign[0].callback.first"),
        ("attempts = 5", "attempts = 0", "campaign[0].callback.attempts"),
        ("consent_days = 30", "consent_days = 365", "campaign[0].callback.consent_days"),
        ('["litigator"]', '["dnc"]', "campaign[0].callback.lookups[0]"),
        ("keep_days = 7", "keep_days = 60", "lookup[0].keep_days"),
        ('"https://dnc', '"http://dnc', "lookup[0].url"),
        ('"env:DNC_KEY"', '"secret"', "lookup[0].secrets.key"),
    ],
)
def test_what_makes_no_sense_is_refused(old, new, key):
    assert FULL.count(old) == 1
    assert only(FULL.replace(old, new)).key == key
