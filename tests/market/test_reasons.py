"""One catalogue: what the code says, the docs say; and nothing says what is not in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from auctiond.show.reason_tables import reasons_markdown
from market.call_state import NEVER_ANSWERED
from market.reasons import REASONS, STAGES, reason_of

ROOT = Path(__file__).parents[2]
WHO = {"operator", "buyer", "publisher", "carrier", "caller", "nobody"}
SAYS = {"NoBid": 1, "WireError": 0, "_Refused": 0, "ConfirmFailed": -1, "HoldRefused": -1}
WAYS_TO_END = {"cancelled"}  # A cause of a leg's end that a reason is made of.


def test_the_docs_are_printed_from_the_catalogue():
    docs = (ROOT / "docs" / "reasons.md").read_text("utf-8")
    assert docs == reasons_markdown(), "run: auctiond reasons --markdown > docs/reasons.md"


@pytest.mark.parametrize("code", REASONS)
def test_each_code_says_where_it_stands_who_mends_it_and_what_it_means(code):
    reason = REASONS[code]
    assert reason.stage in STAGES
    assert reason.who in WHO
    assert reason.text[0].islower()
    assert not reason.text.endswith(".")


def test_a_detail_is_no_part_of_a_code():
    assert reason_of("filter:state") is REASONS["filter"]
    with pytest.raises(KeyError):
        reason_of("no such reason")


def test_a_leg_ends_for_a_reason_we_know():
    assert REASONS.keys() >= NEVER_ANSWERED - WAYS_TO_END


def test_no_code_is_said_anywhere_that_is_not_in_the_catalogue():
    said = {}
    for tree in ("actors", "auctiond", "buyers", "compliance", "market", "routing", "telephony"):
        for path in (ROOT / tree).rglob("*.py"):
            said |= dict.fromkeys(codes_in(ast.parse(path.read_text("utf-8"))), path)
    assert len(said) > 10
    unknown = {code: str(path) for code, path in said.items() if code not in REASONS}
    assert unknown == {}


def codes_in(tree):
    """Yield the literal codes that a module gives to what carries a reason."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in SAYS:
            continue
        place = SAYS[node.func.id]
        given = node.args[place : place + 1] if place >= 0 else []
        given += [word.value for word in node.keywords if word.arg == "reason"]
        for one in given:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value.partition(":")[0]
