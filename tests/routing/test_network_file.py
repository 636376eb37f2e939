"""A network file is read as it is meant, or refused with all that is wrong with it."""

from pathlib import Path

import pytest

from market.money import Micros, micros
from market.network import AskZip, Cap, Filter, Tier
from routing.network_file import read_network
from tests.routing.small_file import SMALL, changed, only, problems

EXAMPLE = Path(__file__).parents[2] / "examples" / "auto_insurance.toml"


def test_the_example_is_read_whole():
    network = read_network(EXAMPLE.read_text("utf-8"), str(EXAMPLE))
    assert len(network.campaigns) == 2
    assert len(network.publishers) == 3
    assert len(network.numbers) == 6
    assert len(network.buyers) == 12
    assert len(network.targets) >= 16
    states = {
        value
        for target in network.targets
        for rule in target.filters
        if rule.field == "state"
        for value in rule.any_of
    }
    assert len(states) == 8


def test_keys_become_nouns_and_the_rest_has_its_default():
    network = read_network(SMALL, "net.toml")
    campaign, (west, desk) = network.campaigns[0], network.targets
    assert campaign.tiers == (Tier(("west", "desk")), Tier(("desk",), strategy="weighted"))
    assert campaign.ask_zip == AskZip(tries=2)
    assert (campaign.deadline_ms, campaign.told_ms, campaign.reserve) == (800, 700, 0)
    assert west.ping.secrets == {"key": "env:ACME_KEY"}
    assert west.filters == (Filter("state", any_of=("CA",)),)
    assert west.hours.open[4] == ((540, 720), (780, 1080))
    assert (desk.price, desk.caps) == (12_500_000, (Cap("calls", "day", 5),))


@pytest.mark.parametrize(
    ("written", "amount"), [("12", 12_000_000), ('"0.01"', 10_000), ('"7.000001"', 7_000_001)]
)
def test_money_is_text_or_whole_dollars(written, amount):
    network = read_network(changed('"12.50"', written), "net.toml")
    assert network.targets[1].price == Micros(amount)


@pytest.mark.parametrize("written", ["12.5", '"-1"', '"1,000"', '"1e3"', '"NaN"', '"$5"', "true",
                                     '"0.0000001"', '" 5"', "0", "10001", "-5",
                                     "[]"])  # fmt: skip
def test_money_of_any_other_look_is_refused(written):
    problem = only(changed('"12.50"', written))
    assert problem.key == "target[1].price"
    assert '"12.50"' in problem.right


def test_a_cap_of_money_is_read_as_money():
    network = read_network(changed('kind = "calls"', 'kind = "money"'), "net.toml")
    assert network.targets[1].caps == (Cap("money", "day", micros(5)),)


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [("deadline_ms", "49", "50..30000"), ("deadline_ms", "30001", "50..30000"),
     ("told_ms", "800", "less than deadline_ms"), ("legs_max", "0", "1..10"),
     ("legs_max", "11", "1..10"), ("longest_s", "14401", "60..14400"),
     ("fallback", '"+12125550100"', "somebody else"), ("music_url", '"ftp://a.example"', "https")],
)  # fmt: skip
def test_a_campaign_keeps_its_limits(key, value, right):
    text = changed('vertical = "auto_insurance"', f'vertical = "auto_insurance"\n{key} = {value}')
    found = next(one for one in problems(text) if one.key == f"campaign[0].{key}")
    assert right in found.right
    assert found.line == 9


def test_what_may_be_a_secret_is_never_shown():
    text = changed('"env:ACME_KEY"', '"sk_live_4242"')
    text = text.replace("https://acme.example", "https://joe:hunter2@acme.example")
    found = problems(text)
    assert [one.key for one in found] == ["target[0].ping.url", "target[0].ping.secrets.key"]
    assert "sk_live" not in str(found)
    assert "hunter2" not in str(found)
    assert "env:ACME_KEY" in found[1].right


def test_http_is_for_this_machine_alone():
    text = changed("https://acme.example/ping", "http://127.0.0.1:8000/ping")
    assert read_network(text, "net.toml").targets[0].ping.url == "http://127.0.0.1:8000/ping"


@pytest.mark.parametrize(
    ("table", "block"),
    [("campaign", '[[campaign]]\nid = "auto"\nname = "B"\nvertical="v"\ntier=[{targets=["west"]}]'),
     ("publisher", '[[publisher]]\nid = "pub"\nname = "B"'),
     ("buyer", '[[buyer]]\nid = "acme"\nname = "B"'),
     ("number", '[[number]]\nnumber = "+12125550100"\ncampaign = "auto"\npublisher = "pub"'),
     ("target", '[[target]]\nid = "desk"\nbuyer = "acme"\nprice = 1\ndestination="+12125550101"')],
)  # fmt: skip
def test_an_id_that_comes_twice_is_refused(table, block):
    problem = only(f"{SMALL}\n{block}\n")
    assert problem.key.startswith(table)
    assert "a second" in problem.found


def test_a_second_cap_of_the_same_kind_and_period_is_refused():
    text = f'{SMALL}\n[[target.cap]]\nkind = "calls"\nperiod = "day"\nlimit = 9\n'
    assert only(text).key == "target[1].cap[1]"


def test_a_format_that_does_not_exist_is_refused_when_formats_are_known():
    problem = only(SMALL, formats={"plain_jason", "other"})
    assert problem.key == "target[0].ping.format"
    assert "plain_jason" in problem.right
    read_network(SMALL, "net.toml", formats={"plain_json"})
    read_network(SMALL, "net.toml", formats=None)


def test_an_answer_counts_only_where_the_campaign_of_the_target_collects_it():
    other = '[[campaign]]\nid = "b"\nname = "B"\nvertical = "b"\ntier = [{targets = ["desk"]}]\n'
    rule = '\n[[target.filter]]\nfield = "ivr.insured"\nany_of = ["yes"]\n'
    read_network(SMALL + rule + other, "net.toml")
    alone = SMALL.replace('"west", "desk"', '"west"').replace(
        'targets = ["desk"]', 'targets = ["west"]'
    )
    assert only(alone + rule + other).key == "target[1].filter[0].field"
    read_network(alone + rule, "net.toml")  # In no tier: any campaign's answer will do.


def test_a_target_may_be_in_no_tier():
    network = read_network(changed('["west", "desk"]', '["desk"]'), "net.toml")
    assert network.targets[0].id == "west"


def test_every_problem_is_told_at_once_with_its_line():
    text = changed('"12.50"', "12.5").replace('"env:ACME_KEY"', '"inline"')
    text = text.replace('"+12125550100"', '"555"').replace("mon-fri", "mon-fry")
    text = text.replace("limit = 5", "limt = 5")
    found = problems(text)
    keys = [one.key for one in found]
    assert keys == [
        "number[0].number",
        "target[0].ping.secrets.key",
        "target[0].hours.mon-fry",
        "target[1].price",
        "target[1].cap[0].limit",  # It is missing, so the line is that of its cap.
        "target[1].cap[0].limt",
    ]
    lines = text.splitlines()
    assert '"555"' in lines[found[0].line - 1]
    assert "mon-fry" in lines[found[2].line - 1]
    assert "limt" in lines[found[5].line - 1]
    assert "limit" in found[5].right
    assert str(found[0]).startswith(f"net.toml:{found[0].line}: number[0].number: found ")


def test_what_is_no_toml_is_one_problem_with_its_line():
    (problem,) = problems('name = "a"\nb = = 2\n')
    assert (problem.line, problem.key) == (2, "(syntax)")


@pytest.mark.parametrize(
    "text",
    ["", "name = 1", "target = 5", "target = [5]", "campaign = {}", "number = [[]]",
     'name = "a"\n[[target]]\nping = 3\nfilter = [1]\ncap = {a = 1}\nhours = {zone = 1}'],
)  # fmt: skip
def test_any_document_is_refused_in_words_and_never_breaks(text):
    assert problems(text)
