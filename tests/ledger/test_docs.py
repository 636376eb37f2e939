"""docs/ledger.md says what the code says: its chart, and where each invariant is checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from auctiond.cli import main
from ledger.chart import chart

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "ledger.md").read_text()
INVARIANTS = [line for line in DOC.splitlines() if re.match(r"\| \d+ \|", line)]
PLACE = re.compile(r"`([\w/.]+\.(?:py|sql))::([^`]+)`")


def test_the_chart_of_accounts_is_printed_from_the_code():
    assert chart() in DOC
    assert CliRunner().invoke(main, ["ledger", "chart"]).stdout.strip() == chart()


def test_there_are_thirteen_invariants():
    assert [int(line.split("|")[1]) for line in INVARIANTS] == list(range(1, 14))


@pytest.mark.parametrize("line", INVARIANTS, ids=lambda line: line.split("|")[1].strip())
def test_each_invariant_is_checked_three_times_where_the_table_says(line):
    _, _, made, tested, verified, _ = line.split(" |")
    for cell in (made, tested, verified):
        places = PLACE.findall(cell)
        assert places, cell
        for path, words in places:
            assert words in (ROOT / path).read_text(), (path, words)
    assert all(path.startswith("tests/") for path, _ in PLACE.findall(tested))
