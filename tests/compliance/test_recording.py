"""Whether a call may be recorded."""

from __future__ import annotations

import pytest

from compliance.recording import refusal

FINE = {
    "on": True,
    "target_blocks": False,
    "agreed": True,
    "always_ask": False,
    "strict_place": "",
}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"on": False}, "off"),
        ({"target_blocks": True}, "target"),
        ({"agreed": False}, "declined"),
        ({"agreed": False, "strict_place": ""}, "declined"),  # A no counts where no law asks.
        ({"strict_place": "CA"}, ""),  # Who agreed in California may be recorded.
        ({"agreed": None}, ""),
        ({"agreed": None, "strict_place": "CA"}, "law:CA"),
        ({"agreed": None, "strict_place": "unknown"}, "law:unknown"),
        ({"agreed": None, "always_ask": True}, "not_asked"),
        ({"on": False, "agreed": False}, "off"),
    ],
)
def test_what_may_be_recorded(changed, why):
    assert refusal(**FINE | changed) == why
