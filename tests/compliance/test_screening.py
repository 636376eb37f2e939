"""Which calls are taken, and how numbers are read."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.screening import (
    BLOCK_REASONS,
    EMERGENCY,
    area_code,
    is_blocked,
    is_emergency,
    normalise,
    screen,
)

ask = partial(screen, "+12125550123", "+18005550199", known_number=True, campaign_exists=True)


def test_an_ordinary_call_is_taken():
    assert ask() == ""


def test_an_anonymous_caller_is_taken_and_has_no_area_code():
    assert screen("", "+18005550199", known_number=True, campaign_exists=True) == ""
    assert area_code(normalise("anonymous")) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"known_number": False}, "unknown_number"),
        ({"campaign_exists": False}, "no_campaign"),
        ({"known_number": False, "campaign_exists": False}, "unknown_number"),
        ({"blocked": ("+12125550123",)}, "blocked_caller"),
        ({"blocked": frozenset(["+1212*"])}, "blocked_caller"),
        ({"blocked": ("+1213*", "+12125550124")}, ""),
        ({"attestation": "C", "attestations": ("A", "B")}, "attestation"),
        ({"attestation": "", "attestations": ("A", "B")}, "attestation"),
        ({"attestation": "Z"}, "attestation"),
        ({"attestation": "A", "attestations": ("A", "B")}, ""),
    ],
)
def test_a_refused_call_says_why(change, reason):
    assert ask(**change) == reason
    assert not reason or reason in BLOCK_REASONS


def test_a_caller_without_a_number_is_refused_where_one_is_wanted():
    taken = screen(
        "Restricted",
        "+18005550199",
        known_number=True,
        campaign_exists=True,
        anonymous_allowed=False,
    )
    assert taken == "anonymous_caller"


@pytest.mark.parametrize("written", ["2125550123", "12125550123", "(212) 555-0123"])
def test_a_blocked_caller_is_blocked_however_the_carrier_writes_the_number(written):
    blocked = ("+12125550123",)
    taken = screen(
        written, "+18005550199", known_number=True, campaign_exists=True, blocked=blocked
    )
    assert taken == "blocked_caller"


@pytest.mark.parametrize(("caller", "dialled"), [("911", "+18005550199"), ("+12125550123", "911")])
def test_emergency_comes_before_all_else(caller, dialled):
    assert screen(caller, dialled, known_number=False, campaign_exists=False) == "emergency"


@pytest.mark.parametrize(
    "destination",
    [
        *sorted(EMERGENCY),
        *(
            "+911",
            "+1911",
            "1911",
            "1-911",
            "9-911",
            " 911 ",
            "(911)",
            "tel:911",
            "sip:911@carrier",
        ),
        *("sip:%39%31%31@carrier", "sips:+1911@c;user=phone", "911;phone-context=+1", "911,,1"),
        *("tel:988", "urn:service:sos", "URN:SERVICE:sos.police", "<sip:112@carrier>", "911p1"),
    ],
)
def test_services_are_never_dialled(destination):
    assert is_emergency(destination)


@pytest.mark.parametrize(
    "destination",
    ["+12125550911", "+19112345678", "sip:sales@example.com", "+18005550199", "", "sip:9110@pbx"],
)
def test_ordinary_destinations_are_no_emergency(destination):
    assert not is_emergency(destination)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+12125550123", "+12125550123"),
        ("12125550123", "+12125550123"),
        ("2125550123", "+12125550123"),
        ("(212) 555-0123", "+12125550123"),
        ("212.555.0123", "+12125550123"),
        ("tel:+1-212-555-0123", "+12125550123"),
        ("sip:+12125550123@carrier;user=phone", "+12125550123"),
        ("+442079460123", "+442079460123"),
        ("011442079460123", "+442079460123"),
        ("", ""),
        ("anonymous", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("+266696687", ""),
        ("Restricted", ""),
        ("5550123", ""),
        ("+1212555012", ""),
        ("+11125550123", ""),
        ("+12120550123", ""),
        ("+19115550123", ""),
        ("442079460123", ""),
        ("+1212555012345", ""),
        ("+1212555O123", ""),
        ("+١٢١٢٥٥٥٠١٢٣", ""),
    ],
)
def test_a_number_is_read_for_sure_or_not_at_all(written, number):
    assert normalise(written) == number


@given(st.text())
def test_reading_is_stable_and_reads_anything(text):
    number = normalise(text)
    assert normalise(number) == number
    assert number == "" or number.startswith("+")


def test_an_area_code_is_north_american():
    assert area_code("+12125550123") == "212"
    assert area_code("+442079460123") == ""
    assert area_code("") == ""


def test_nobody_is_not_on_the_list():
    assert not is_blocked("", ("*",))
    assert is_blocked("+12125550123", ("*",))


@pytest.mark.parametrize(
    ("caller", "allowed", "reason"),
    [
        ("+12125550123", False, ""),
        ("+442071234567", False, "foreign_caller"),
        ("+442071234567", True, ""),
        ("anonymous", False, ""),  # Another rule's matter.
    ],
)
def test_callers_from_abroad_are_taken_where_that_is_wanted(caller, allowed, reason):
    found = screen(
        caller, "+15558000000", known_number=True, campaign_exists=True, foreign_allowed=allowed
    )
    assert found == reason
