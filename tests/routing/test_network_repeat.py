"""Rules about callers who call again, in the network file."""

import pytest

from market.repeat import BuyerRepeat, CampaignRepeat
from routing.network_file import read_network, write_network
from tests.routing.small_file import SMALL, changed, only

CAMPAIGN = "[[publisher]]"
REPEAT = """[campaign.repeat]
days = 30
to = "original"
strict = true
anonymous = "duplicate"

[[publisher]]
"""


def test_rules_are_read_and_written_back():
    text = changed(CAMPAIGN, REPEAT) + '\n[target.repeat]\ndays = 7\nafter = "billable"\n'
    text = text.replace('name = "Pub"', 'name = "Pub"\npay_again_days = "never"')
    network = read_network(text.replace("blocked_", "same_caller_s = 2\nblocked_"), "net.toml")
    assert network.campaigns[0].repeat == CampaignRepeat(
        30, "connected", "original", strict=True, anonymous="duplicate"
    )
    assert network.targets[1].repeat == BuyerRepeat(7, "billable")
    assert (network.publishers[0].pay_again_days, network.same_caller_s) == ("never", 2.0)
    assert read_network(write_network(network), "export") == network


@pytest.mark.parametrize("found", ["-1", '"-1"', "0", '"always"', "366", "2.5", "true"])
def test_when_a_publisher_is_paid_again_is_said_in_words_or_days(found):
    problem = only(changed('name = "Pub"', f'name = "Pub"\npay_again_days = {found}'))
    assert problem.key == "publisher[0].pay_again_days"
    if found in ("-1", "0"):
        assert "leave it out" in problem.right
        assert '"never"' in problem.right


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("days = 0", "days"),
        ("days = 400", "days"),
        ('days = 3\ncounts = "called"', "counts"),
        ('days = 3\nto = "best"', "to"),
        ("days = 3\nstrict = true", "strict"),
        ('days = 3\nto = "nobody"\nstrict = true', "strict"),
        ('to = "nobody"', "days"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(line, key):
    problem = only(changed(CAMPAIGN, f"[campaign.repeat]\n{line}\n\n{CAMPAIGN}"))
    assert problem.key == f"campaign[0].repeat.{key}"


def test_a_target_counts_what_it_had_and_not_what_came_in():
    assert only(f'{SMALL}\n[target.repeat]\ndays = 3\nafter = "incoming"').right
