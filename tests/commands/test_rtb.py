"""`auctiond rtb` tells an operator what a publisher got, and why it got nothing."""

import pytest

from market.rtb import bid_name
from tests.commands.rtb_pings import GIVEN, REFUSED

BID, NONE = bid_name(GIVEN.id.hex), bid_name(REFUSED.id.hex)


def told(result):
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.output.splitlines()]


def test_pings_are_listed_with_their_answers(live):
    header, *rows = told(live.run("rtb", "list"))
    assert header == "bid asked door promised answer"
    found = {row.split()[0]: row for row in rows}
    assert "14.00 bid" in found[BID[-8:]]
    assert "required_field_missing zip (1000)" in found[NONE[-8:]]


def test_a_list_is_of_one_door_and_goes_on_where_the_last_one_ended(live):
    assert "Nobody has pinged yet." in told(live.run("rtb", "list", "--door", "other"))
    rows = told(live.run("rtb", "list", "--limit", "1"))
    first = rows[1].split()[0]
    assert rows[-1] == f"Older ones: auctiond rtb list --before {first}"
    second = told(live.run("rtb", "list", "--before", first))
    assert {first, second[1].split()[0]} == {BID[-8:], NONE[-8:]}


@pytest.mark.parametrize("shown", [BID, BID[-8:], BID[-12:].upper()])
def test_a_bid_is_shown_with_what_each_target_did(live, shown):
    rows = told(live.run("rtb", "show", shown))
    assert {"promised 14.00", "publisher roadside", "paid from 90 s of talk"} <= set(rows)
    assert "1 1 acme-west 20.00 84 bid" in rows
    assert "1 north timeout no whole answer by the deadline" in rows


def test_a_refusal_says_who_can_mend_it(live):
    rows = told(live.run("rtb", "show", NONE))
    assert {"to mend by publisher", "No target was asked."} <= set(rows)


def test_an_id_that_is_none_is_one_sentence(live):
    result = live.run("rtb", "show", "nonsense")
    assert result.exit_code == 1
    assert "no id ends in 'nonsense'" in result.output
