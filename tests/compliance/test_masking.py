"""Nothing that rings or receives mail survives masking."""

import re
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compliance.masking import mask, mask_number, mask_quoted
from market.ids import id_at

DIGITS = st.text("0123456789", min_size=10, max_size=13)
SEPARATORS = st.sampled_from(["", " ", "-", ".", ") ", " (", "/", "%20", "\u00a0", "\u2011", " - "])
AROUND = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=20)


@st.composite
def numbers(draw):
    """A phone number as people and programs write it."""
    digits = draw(DIGITS)
    written = draw(st.sampled_from(["", "+", "tel:", "sip:+", "%2B"])) + digits[0]
    for digit in digits[1:]:
        written += draw(SEPARATORS) + digit
    return written


def runs_of(text):
    """All digits of `text`, with what separates the digits of one number taken out."""
    joined = re.sub(r"%[0-9A-Fa-f]{2}|[\s().\-/\u2011]", "", text)
    return re.findall(r"\d+", joined)


@given(numbers(), AROUND, AROUND)
@example("212-555-0123", "", "")
def test_no_seven_digits_of_a_callers_number_survive(number, before, after):
    masked = mask(before + number + after)
    assert all(len(run) < 7 for run in runs_of(masked)), masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call from +12125550123 now", "call from [number] now"),
        ("(212) 555-0123", "([number]"),
        ("5550123", "[number]"),
        ("x2125550123y", "x[number]y"),
        ("caller=2125550123&zip=10001", "caller=[number]&zip=10001"),
        ("mail jane.doe+x@example.co.uk!", "mail [address]"),
        ("email=jane@example.com,zip=10001", "email=[address],zip=10001"),
        ("sip:+12125550123@carrier.example", "sip:[address]"),
        ("2026-11-23 212 555 0123", "[number]"),
        ("2021-11-23-4567", "[number]"),
    ],
)
def test_numbers_and_addresses_are_hidden(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "took 812 ms",
        "zip 10001",
        "http 503",
        "127.0.0.1:8080",
        "cap:acme:calls/day:2026-11-23",
        "cap:acme:money/hour:2026-11-23T14",
        "auctiond/keys/vault.py:42",
        "01937f3e-9a1b-7c3d-8e4f-5a6b7c8d9e0f",
    ],
)
def test_what_logs_live_by_is_kept(text):
    assert mask(text) == text


@given(st.integers(0, 2**48 - 1), st.binary(max_size=8))
def test_our_ids_are_kept(unix_ms, seed):
    text = f"call {id_at(unix_ms, seed)} ended"
    assert mask(text) == text


def test_an_id_of_another_kind_is_not_trusted():
    text = str(UUID(int=0x00000000_0000_0000_0000_012125550123))
    assert mask(text) == "[number]"


@given(st.text())
def test_masking_twice_is_masking_once(text):
    assert mask(mask(text)) == mask(text)


def test_a_long_text_is_masked_in_one_pass():
    text = ("1 " * 6 + "x") * 20_000
    assert mask(text) == text


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+12125550123", "+1212•••••23"),
        ("+442079460123", "+44••••••••23"),
        ("5550123", "+55•••23"),
        ("911", "[number]"),
        ("", ""),
    ],
)
def test_a_number_for_people_shows_an_area_code_and_two_digits(number, masked):
    assert mask_number(number) == masked
    assert mask(masked) == masked


def test_what_a_library_quotes_is_hidden():
    assert mask_quoted("invalid literal: 'Jane', \"Doe\"") == "invalid literal: [value], [value]"
