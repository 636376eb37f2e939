"""What a flow does next: as a table, and under any news."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.flows.compiled import compile_flow
from routing.flows.playing import At, Done, Failed, Keys, Known, News, Told, begin, step
from routing.flows.reading import read_flow
from tests.flows.small import small
from tests.flows.test_examples import FILES

KNOWN = Known({}, 1_767_715_200_000)
SMALL_FLOW = compile_flow(small())


def test_it_begins_where_the_file_says() -> None:
    first = begin(SMALL_FLOW, KNOWN)
    assert (first.at, first.goes, first.path) == (At("hello"), "on", ("hello",))


def test_a_wrong_zip_is_asked_again_then_given_up() -> None:
    at = At("zip")
    for turn in (1, 2):
        again = step(SMALL_FLOW, at, Keys("00000"), KNOWN)
        assert (again.at, again.edge, again.path) == (At("zip", turn), "again", ())
        at = again.at
    assert step(SMALL_FLOW, at, Keys(""), KNOWN).at == At("bye")


def test_a_zip_tells_the_state() -> None:
    sold = step(SMALL_FLOW, At("zip"), Keys("90210"), KNOWN)
    assert (sold.goes, dict(sold.answers)) == ("auction", {"zip": "90210", "state": "CA"})


def test_what_a_publisher_told_is_not_asked_again() -> None:
    known = Known({"zip": "90210"}, KNOWN.at_ms)
    assert step(SMALL_FLOW, At("hello"), Done(), known).path == ("zip", "sell")


def test_unsold_goes_on_in_the_flow() -> None:
    assert step(SMALL_FLOW, At("sell"), Failed(), KNOWN).at == At("bye")


def test_a_place_that_the_flow_does_not_have_is_lost() -> None:
    assert step(SMALL_FLOW, At("gone"), Done(), KNOWN).goes == "lost"


EXAMPLE_FLOWS = [compile_flow(read_flow(file.read_text(), file.name)) for file in FILES]
news = st.one_of(
    st.builds(Keys, st.text("0123456789*#", max_size=6)),
    st.just(Done()),
    st.just(Failed()),
    st.just(Told({"ivr.area": "west"})),
)


@pytest.mark.parametrize("flow", EXAMPLE_FLOWS, ids=lambda flow: flow.flow.id)
@given(script=st.lists(news, max_size=60), at_ms=st.integers(0, 4_000_000_000_000))
def test_whatever_happens_a_call_is_somewhere(flow: object, script: list[News], at_ms: int) -> None:
    now = begin(flow, Known({}, at_ms))  # type: ignore[arg-type]
    facts: dict[str, str] = {}
    taken: tuple[str, ...] = ()
    for one in script:
        assert now.goes != "lost"
        if now.goes == "close":
            return
        now = step(flow, now.at, one, Known(facts, at_ms, taken))  # type: ignore[arg-type]
        facts |= dict(now.answers)
        taken += now.taken


@pytest.mark.parametrize("flow", EXAMPLE_FLOWS, ids=lambda flow: flow.flow.id)
def test_who_does_nothing_reaches_an_end(flow: object) -> None:
    now, taken = begin(flow, KNOWN), ()  # type: ignore[arg-type]
    for _ in range(200):
        if now.goes == "close":
            return
        now = step(flow, now.at, Failed(), Known({}, KNOWN.at_ms, taken))  # type: ignore[arg-type]
        taken += now.taken
    raise AssertionError("a silent caller never leaves")
