"""What may leave us, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.fields import FIELDS, NEVER, PERSONAL, Moment, may_leave, rule_of, select

LEAD = {
    "state": "NY",
    "zip": "10001",
    "area_code": "212",
    "vertical": "solar",
    "phone": "+12125550123",
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane@example.com",
    "street": "1 Main St",
    "city": "New York",
    "dob": "1980-01-02",
    "ip": "203.0.113.7",
    "ssn": "078-05-1120",
    "favourite_colour": "blue",
    "ivr.homeowner": "1",
    "ivr.name": "Jane",
}
ANONYMOUS = {"state": "NY", "zip": "10001", "area_code": "212", "vertical": "solar"}


def test_the_moments_are_in_order():
    assert Moment.PING < Moment.CONFIRM < Moment.CONNECTED


@pytest.mark.parametrize("moment", [Moment.PING, Moment.CONFIRM])
def test_before_the_buyer_is_connected_only_anonymous_fields_leave(moment):
    assert select(LEAD, moment) == ANONYMOUS


def test_the_winner_gets_the_lead_but_never_an_ssn():
    given_away = select(LEAD, Moment.CONNECTED)
    assert given_away == {name: value for name, value in LEAD.items() if name != "ssn"}


def test_only_a_rule_of_the_ping_is_for_all_asked():
    for name, rule in FIELDS.items():
        assert (rule.to == "asked") == (rule.earliest is Moment.PING), name
        assert (rule.to == "nobody") == (rule.earliest is None), name
        assert (rule.shape is not None) == (rule.to == "asked"), name


def test_the_anonymous_fields_are_these():
    at_ping = {name for name, rule in FIELDS.items() if rule.earliest is Moment.PING}
    assert at_ping == {*ANONYMOUS, "consent.trustedform", "consent.jornaya"}


@pytest.mark.parametrize("value", ["y", "Yes", "", "https://cert.trustedform.com/0123abcd"])
def test_of_a_certificate_a_ping_tells_whether_it_is_there_and_nothing_else(value):
    told = {"consent.trustedform": "Y", "consent.jornaya": value}
    assert select(told, Moment.PING) == {"consent.trustedform": "Y"}
    assert not may_leave("trustedform_url", Moment.PING)


@given(st.text())
def test_an_unknown_field_is_personal(name):
    if name not in FIELDS:
        assert rule_of(name) is PERSONAL
        assert not may_leave(name, Moment.CONFIRM)
        assert may_leave(name, Moment.CONNECTED)


def test_an_answer_leaves_with_the_ping_only_when_it_is_marked():
    assert not may_leave("ivr.homeowner", Moment.PING)
    assert may_leave("ivr.homeowner", Moment.PING, ("homeowner",))
    assert may_leave("ivr.homeowner", Moment.PING, ("ivr.homeowner",))
    assert not may_leave("homeowner", Moment.PING, ("homeowner",))


@pytest.mark.parametrize("name", ["name", "phone", "email", "ssn", "dob"])
def test_marking_does_not_make_a_personal_answer_anonymous(name):
    assert not may_leave(f"ivr.{name}", Moment.PING, (name, f"ivr.{name}"))


def test_an_ssn_answered_in_the_call_flow_never_leaves():
    assert rule_of("ivr.ssn", ("ssn",)) is NEVER


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("zip", "2125550123"),
        ("zip", "10001-1234"),
        ("zip", "10001 Main St"),
        ("zip", "1000"),
        ("state", "NY, Jane"),
        ("state", "jane@example.com"),
        ("area_code", "2125550123"),
        ("vertical", "solar +1 212 555 0123"),
        ("ivr.choice", "2125550123"),
        ("ivr.choice", "212 555 0123"),
        ("ivr.choice", "x" * 65),
    ],
)
def test_a_value_that_could_tell_who_it_is_stays_here_whatever_its_field(name, value):
    assert select({name: value}, Moment.PING, ("choice",)) == {}


@given(
    st.dictionaries(st.sampled_from([*FIELDS, "ivr.a", "other"]), st.sampled_from(["+12125550123"]))
)
def test_no_phone_number_leaves_before_the_connect(lead):
    assert select(lead, Moment.PING, ("a",)) == {}
    assert select(lead, Moment.CONFIRM, ("a",)) == {}
