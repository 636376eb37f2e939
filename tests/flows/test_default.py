"""The smallest flow does what the states of campaigns without a flow do."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctiond.calls.switchboard import zip_facts
from market.call import Call, CallerAnswered, Cleared, Greeted, State, ZipEntered
from market.call_state import step
from market.network import AskZip
from routing.flows.checking import check_flow
from routing.flows.compiled import compile_flow
from routing.flows.default import default_flow
from routing.flows.simulating import Simulation
from routing.network_error import Place
from tests.whole.networks import FALLBACK, TWO, network_of

(CAMPAIGN,) = network_of(TWO, greeting="Hello.", ask_zip=AskZip(tries=3)).campaigns


@pytest.mark.parametrize("greeting", ["", "Hello."])
@pytest.mark.parametrize("fallback", ["", FALLBACK])
@pytest.mark.parametrize("asks", [None, AskZip(), AskZip(required=True)])
def test_it_is_a_good_flow(greeting: str, fallback: str, asks: AskZip | None) -> None:
    place = Place("", [])
    campaign = replace(CAMPAIGN, greeting=greeting, fallback=fallback, ask_zip=asks)
    check_flow(default_flow(campaign), place)
    assert place.notes == []


@given(
    st.lists(st.sampled_from(["silence", "90210", "00000", "123"]), min_size=3, max_size=3),
    st.booleans(),
    st.integers(1, 3),
)
def test_both_come_to_the_auction_or_not_after_the_same_keys(
    keys: list[str], required: bool, tries: int
) -> None:
    asks = AskZip(tries=tries, required=required)
    flow = Simulation.start(compile_flow(default_flow(replace(CAMPAIGN, ask_zip=asks))), {}, 0)
    flow.tell("done")
    call = Call(UUID(int=7))
    cleared = Cleared(zip_tries=tries, zip_required=required)
    for event in (cleared, CallerAnswered(), Greeted()):
        call, _ = step(call, event)
    for word in keys:
        assert (flow.at.node == "zip") == (call.state is State.GATHERING)
        if call.state is State.GATHERING:
            flow.tell(word)
            facts = zip_facts("" if word == "silence" else word)
            call, _ = step(call, ZipEntered(facts=facts))
    assert (flow.goes == "auction") == (call.state is State.PINGING)
    assert (flow.at.node == "fallback") == (call.state is State.FALLBACK)
    assert flow.facts == dict(call.facts)
