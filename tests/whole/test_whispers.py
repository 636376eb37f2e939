"""Buyers who hear a whisper, are asked for a key, or are a machine: by each of the carriers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.whole.networks import FALLBACK, FIRST, SECOND, TWO, network_of, priced
from tests.whole.stage import open_stage
from tests.whole.test_legs import reasons

BILLABLE_S = 1.0  # One of these carriers tells times to the second.
TALK_S = 3.2
PICKY = priced(
    "first", "20", FIRST, billable_after_s=BILLABLE_S, whisper="Auto insurance.", accept_key=True
)
PLAIN = replace(TWO[1], billable_after_s=BILLABLE_S)


@pytest.fixture(params=["telnyx", "twilio", "jambonz"])
def spoken(plan, request):
    """A plan with a carrier of commands, or one of documents."""
    return replace(plan, carrier=replace(plan.carrier, protocol=request.param))


async def opened(stage):
    for number in (FIRST, SECOND, FALLBACK):
        await stage.phone(number)


async def balances(stage):
    await stage.no_hold_open()
    return [(await stage.wallet(name))["balance"] for name in ("first", "second")]


def late_ms(plan):
    """Return by how much an end may be late: without a time of its own, it is when it comes."""
    return 0 if plan.carrier.protocol == "telnyx" else 1000


async def test_who_presses_the_key_has_the_call_and_who_does_not_gives_way(spoken):
    async with open_stage(spoken, lambda ports: network_of((PICKY, PLAIN))) as stage:
        await opened(stage)
        session = await stage.place(talk_s=TALK_S)
        record = await stage.over(session)
        assert (record["disposition"], record["target"]) == ("sold", "first")
        talk_ms = (await stage.truth(session))["talk_ms"]  # Since the join, not the answer.
        assert talk_ms - 2000 <= record["talk_ms"] <= talk_ms + late_ms(spoken)
        kinds = [row["kind"] for row in record["timeline"]]
        assert kinds.index("BuyerHears") < kinds.index("BuyerAnswered") < kinds.index("BuyerJoined")
        assert await balances(stage) == ["480.00", "500.00"]

        await stage.phone(FIRST, presses="2")
        session = await stage.place(1, talk_s=TALK_S)
        assert reasons(await stage.over(session)) == {"first": "declined", "second": "won"}
        legs = (await stage.truth(session))["legs"]
        assert [leg["bridged_ms"] is not None for leg in legs] == [False, True]
        assert await balances(stage) == ["480.00", "490.00"]


async def test_neither_a_machine_pays_nor_anybody_when_the_caller_leaves_in_the_whisper(spoken):
    """Even where any talk at all is billable."""
    picky = replace(PICKY, no_machine=True, billable_after_s=0.0)
    async with open_stage(spoken, lambda ports: network_of((picky, PLAIN))) as stage:
        await opened(stage)
        await stage.phone(FIRST, machine=True)
        record = await stage.call(0, talk_s=TALK_S)
        assert reasons(record) == {"first": "machine", "second": "won"}
        assert await balances(stage) == ["500.00", "490.00"]

        await stage.phone(FIRST, presses="")
        session = await stage.place(1)
        await stage.in_state(session, "whispering")
        await stage.hang_up(session)
        record = await stage.over(session)
        assert (record["disposition"], record["target"]) == ("abandoned", None)
        assert reasons(record)["first"] == "caller_gone"
        assert all(leg["ended_ms"] for leg in (await stage.truth(session))["legs"])

        bare = replace(picky, whisper="", accept_key=False)  # Told apart only after the join.
        assert (await stage.apply(network_of((bare, PLAIN)))).status_code == 200
        await stage.phone(FIRST, machine=True)
        record = await stage.call(2, talk_s=TALK_S)
        assert reasons(record) == {"first": "machine", "second": "won"}
        assert await balances(stage) == ["500.00", "480.00"]
