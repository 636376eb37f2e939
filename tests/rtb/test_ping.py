"""Of a ping we take anonymous facts and a keyed index of the caller, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auctiond.rtb.ping import missing, read_ping
from tests.rtb.kit import ANN, ANN_NUMBER, door, index
from tests.whole.networks import TWO, network_of

NETWORK = replace(
    network_of(TWO, anonymous_answers=("insured",)), blocked_callers=("+1900*", "+12125550199")
)
CAMPAIGN = NETWORK.campaigns[0]


def read(at=None, *, test=False, **fields):
    lower = {name.lower(): value for name, value in fields.items()}
    return read_ping(at or door(), NETWORK, CAMPAIGN, lower, index, test=test)


@pytest.mark.parametrize(
    "written", [ANN_NUMBER, "14155550123", "4155550123", "(415) 555-0123", "sip:+14155550123@x"]
)
def test_a_caller_is_known_by_an_index_however_the_number_is_written(written):
    ping = read(CID=written)
    assert ping.caller.index == ANN
    assert dict(ping.facts) == {"area_code": "415", "state": "CA"}
    assert "415555" not in repr(ping)


@pytest.mark.parametrize("written", ["", "anonymous", "266696687", "12", "+15", "nobody"])
def test_a_withheld_number_is_no_caller_and_refused_where_one_is_wanted(written):
    assert read(CID=written).caller.index == b""
    assert read(CID=written).caller.refused == ""
    wanted = read(door(caller_id_required=True), CID=written).caller.refused
    assert wanted == ("invalid_caller_id" if written else "caller_id_required")


@pytest.mark.parametrize("number", ["911", "+12125550199", "+19005550123", "9005550123"])
def test_blocked_callers_and_emergency_services_get_no_bid(number):
    assert read(CID=number).caller.refused == "caller_blocked"


def test_a_number_from_abroad_is_a_caller_without_an_area_code():
    ping = read(CID="+442071838750")
    assert ping.caller.index
    assert ping.facts == ()


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"zipcode": "94103"}, {"zip": "94103", "state": "CA"}),
        ({"zip": "10001-1234", "State": "CA"}, {"zip": "10001", "state": "NY"}),
        ({"State": "tx", "CID": ANN_NUMBER}, {"state": "TX", "area_code": "415"}),
        ({"zipcode": "00000", "State": "Texas"}, {}),
        ({"insured": "yes", "SubID": "aff7", "name": "Ann"}, {"ivr.insured": "yes"}),
        ({"insured": "Ann 415 555 0123"}, {}),
        ({"ivr.insured": "yes", "age": "44", "email": "a@b.example"}, {}),
    ],
)
def test_facts_are_what_buyers_may_be_asked_about(told, known):
    assert dict(read(**told).facts) == known


def test_the_first_missing_field_is_named():
    wants = door(required=("zip", "ivr.insured"))
    assert missing(read(wants)) == "zip"
    assert missing(read(wants, zip="94103")) == "ivr.insured"
    assert missing(read(wants, zip="94103", insured="no")) == ""


@pytest.mark.parametrize(
    ("told", "sip"), [("yes", "yes"), ("No", "no"), ("0", "no"), ("", ""), ("1", "yes")]
)
def test_a_publisher_says_whether_it_calls_by_sip(told, sip):
    assert read(sipOk=told).sip == sip


def test_auctions_that_a_ping_names_are_found_anywhere_in_it():
    ours = "0190a5b2c3d47e8f9a0b1c2d3e4f5a6b"
    for name in ("auction_id", "SubID", "header x-auction-id"):
        assert [one.hex for one in read(**{name: f"x {ours}-0"}).auctions] == [ours]
    assert read(auction_id="0190-0").auctions == ()


def test_an_outcome_can_be_forced_at_the_test_door_alone():
    assert read(force="no_bids").force == ""
    assert read(force="no_bids", test=True).force == "no_bids"
