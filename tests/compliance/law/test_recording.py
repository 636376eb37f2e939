"""Where a recording needs everybody's consent."""

from __future__ import annotations

from datetime import date

import pytest

from compliance.law.places import PLACES
from compliance.law.recording import states_of
from compliance.law.recording_file import SHIPPED, RecordingLawError, read_recording_law

LAW = read_recording_law(SHIPPED.read_text())
DAY = date(2026, 11, 30)
ALL = ["CA", "CT", "DE", "FL", "IL", "MA", "MD", "MI", "MT", "NH", "NV", "OR", "PA", "VT", "WA"]
ROW = 'places = ["{}"]\nconsent = "{}"\nsource = "s"\nread = 2026-01-01\n'


def test_the_union_of_all_lists_counts_as_all_parties():
    assert [state for state in sorted(PLACES.of_state) if LAW.why_ask([state], DAY) == state] == (
        sorted([*ALL, "AS", "GU", "MP", "PR", "VI"])
    )


@pytest.mark.parametrize(
    ("states", "asks"),
    [
        (["TX"], ""),
        (["TX", "NY"], ""),
        (["TX", "CA"], "CA"),  # The stricter place decides.
        (["TX", ""], "unknown"),
        (["XX"], "XX"),  # A place that is in no table.
        ([], ""),
    ],
)
def test_the_strictest_place_decides(states, asks):
    assert LAW.why_ask(states, DAY) == asks


@pytest.mark.parametrize(
    ("number", "told", "states"),
    [
        ("+15125550100", (), {"TX"}),
        ("+15125550100", ("CA",), {"TX", "CA"}),  # A zip adds a place, and takes none away.
        ("+18005550100", (), {""}),  # Nobody knows where a toll-free number is answered.
        ("+442071234567", (), {""}),
        ("", ("TX",), {"", "TX"}),
        ("sip:desk@example.com", (), {""}),
    ],
)
def test_where_a_number_may_be(number, told, states):
    assert states_of(number, told) == states


def test_rules_have_their_days():
    both = f"[[rule]]\nuntil = 2026-12-31\n{ROW.format('TX', 'one')}" + (
        f"[[rule]]\nfrom = 2026-06-01\n{ROW.format('TX', 'all')}"
    )
    law = read_recording_law(both)
    assert law.is_enough("TX", date(2026, 5, 31))
    assert not law.is_enough("TX", date(2026, 6, 1))  # Both hold: the stricter one counts.
    assert not law.is_enough("TX", date(2027, 1, 1))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "rule"),
        ("x = 1", "x"),
        ("[[rule", "the file"),
        ("[[rule]]\n" + ROW.format("XX", "all"), "rule[0].places[0]"),
        ("[[rule]]\n" + ROW.format("TX", "two"), "rule[0].consent"),
        ("[[rule]]\n" + ROW.format("TX", "one").replace('"s"', '""'), "rule[0].source"),
        ("[[rule]]\nfrom = 3\n" + ROW.format("TX", "one"), "rule[0].from"),
        ("[[rule]]\nstate = 3\n" + ROW.format("TX", "one"), "rule[0].state"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_place(text, key):
    with pytest.raises(RecordingLawError, match=key.replace("[", r"\[")):
        read_recording_law(text)
