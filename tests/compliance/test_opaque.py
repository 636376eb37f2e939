"""An id that stays readable for years is nobody's name, address or number."""

import uuid

import pytest

from compliance.opaque import wrong_with_id


@pytest.mark.parametrize(
    "text",
    [
        "wire-2026-11-30-001",
        "pi_3QabcXYZ0123456789abcdef",
        "20261130B1Q8154C000123",  # Fedwire: day, bank, number.
        "021000021234567",  # A trace number of fifteen digits; cards begin with 2 to 6.
        "check:1047",
        "W4155550123",
        "inv.2026.0042",
        str(uuid.UUID(int=0x0199_1234_5678_7ABC_8DEF_0123_4567_89AB)),
        "x" * 64,
    ],
)
def test_what_is_an_id_may_be_kept(text):
    assert wrong_with_id(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1 to 64"),
        ("x" * 65, "1 to 64"),
        ("first deposit", "no spaces"),
        ("John Smith", "no spaces"),
        ("john@smith.example", "letters, digits"),
        ("zahlung-müller", "letters, digits"),
        ("ref\n", "letters, digits"),
        (None, "letters, digits"),
        (17, "letters, digits"),
        ("4155550123", "phone number"),
        ("wire-415-555-0123", "phone number"),
        ("1.415.555.0123", "phone number"),
        ("14155550123:2", "phone number"),
        ("4242424242424242", "number of a card"),
        ("paid-4242-4242-4242-4242", "number of a card"),
        ("c5555555555554444x", "number of a card"),
        ("078-05-1120", "social security"),
    ],
)
def test_what_may_be_a_persons_is_refused_with_what_would_be_right(text, said):
    assert said in wrong_with_id(text)
