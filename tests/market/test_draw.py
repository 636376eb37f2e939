"""The picture is the table's: it cannot say what the code does not do."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from market.call_state import expects, step
from market.call_table import TABLE, Turn
from market.draw import TURN_ENDS, mermaid
from tests.market.test_call_state import ANY_BIDS, MAKERS, NEW

README = Path(__file__).parent.parent.parent / "README.md"


def test_the_readme_shows_the_table_that_runs():
    assert mermaid() in README.read_text()


def test_every_turn_is_drawn():
    assert set(TURN_ENDS) == set(Turn)


@given(st.lists(st.one_of(ANY_BIDS, *MAKERS.values()), max_size=60))
def test_a_turn_leads_only_where_it_is_drawn(script):
    call = NEW
    for event in script:
        if expects(call, event):
            turn = TABLE[call.state][type(event)]
            call, _ = step(call, event)
            if isinstance(turn, Turn):
                assert call.state in TURN_ENDS[turn]
