"""Calls that go through a flow, from the carrier's first webhook to the record."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from auctiond.calls.records import Records
from auctiond.calls.replay import again, history, is_same
from auctiond.calls.supposing import course_of, supposed_course
from auctiond.pg.people import People
from market.call_flow import Flow
from routing.flows.reading import read_flow
from tests.whole.networks import FALLBACK, FIRST, SECOND, TWO, network_of
from tests.whole.stage import open_stage, until

FLOW = f"""
id = "calls"
begin = "hello"

[[node]]
id = "hello"
kind = "say"
say = "Hello and welcome."
next = "insured"

[[node]]
id = "insured"
kind = "yes_no"
say = "Insured?"
timeout_s = 1
keep_as = "insured"
yes = "birth"
no = "birth"
otherwise = "birth"

[[node]]
id = "birth"
kind = "gather"
say = "When were you born?"
tries = 1
timeout_s = 1
digits = 8
keep_as = "birth"
next = "zip"
otherwise = "zip"

[[node]]
id = "zip"
kind = "gather"
check = "zip"
say = "Zip?"
tries = 2
timeout_s = 1
next = "texan"
otherwise = "texan"

[[node]]
id = "texan"
kind = "condition"
if = "state = TX and ivr.insured = yes"
yes = "sell"
no = "desk"

[[node]]
id = "sell"
kind = "auction"
unsold = "wait"

[[node]]
id = "wait"
kind = "queue"
wait_s = 2
again_s = 1
size = 1
next = "sell"
over = "desk"
full = "desk"

[[node]]
id = "desk"
kind = "ring_group"
to = ["{SECOND}", "{FALLBACK}"]
ring_s = 5
unanswered = "sorry"

[[node]]
id = "sorry"
kind = "hang_up"
say = "Sorry. Goodbye."
"""
TEXAN = ["1", "19500102", "78701"]
BORN = "19500102"


def flow(text: str = FLOW) -> Flow:
    """Return the flow."""
    return read_flow(text, "calls.flow.toml")


@pytest.fixture
async def stage(plan):
    """A stage whose campaign has the flow, and one buyer who pays 20 dollars."""
    campaign = {"flow": "calls", "anonymous_answers": ("insured",), "legs_max": 2}

    def network(ports: tuple[int, ...]):
        return replace(network_of(TWO[:1], **campaign), flows=(flow(),))

    async with open_stage(plan, network) as opened:
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        yield opened


def path_of(record) -> list[str]:
    """Return the nodes that a call visited, as its record tells."""
    moves = [row["data"] for row in record["timeline"] if row["kind"] == "FlowMoved"]
    return [node for move in moves for node in move.get("path", ())]


async def test_a_call_goes_through_its_flow_and_is_sold(stage):
    record = await stage.call(keys=TEXAN, talk_s=1.0)
    assert (record["disposition"], record["target"]) == ("sold", "first")
    assert path_of(record) == ["hello", "insured", "birth", "zip", "texan", "sell"]
    assert (
        record["facts"] | {"zip": "78701", "state": "TX", "ivr.insured": "yes"} == (record["facts"])
    )


async def test_what_is_personal_is_sealed_and_nowhere_else(stage):
    record = await stage.call(keys=TEXAN, talk_s=1.0)
    assert BORN not in str(record)
    moves = [row["data"] for row in record["timeline"] if row["kind"] == "FlowMoved"]
    assert [move["sealed"] for move in moves if "sealed" in move] == [["ivr.birth"]]
    base = stage.server.base
    row = (await base.calls.recent(1))[0]
    stored = await People(base.pg).get(row.person_id)
    person = base.vault.person(stored.person_id, stored.wrapped_key)
    assert base.vault.open_fields(person, stored.fields)["ivr.birth"] == BORN


async def test_who_is_not_for_sale_gets_the_desk_and_if_busy_the_next_number(stage):
    await stage.phone(SECOND, "busy")
    record = await stage.call(keys=["2", BORN, "", "78701"], talk_s=0.5)
    assert path_of(record)[-2:] == ["texan", "desk"]
    assert record["disposition"] == "unsold"
    truth = await stage.truth(record["call_ref"])
    assert [(leg["destination"], leg["cause"]) for leg in truth["legs"]] == [
        (SECOND, "user_busy"),
        (FALLBACK, "normal_clearing"),
    ]


async def test_nobody_answers_and_the_caller_is_told_so(stage):
    for number in (SECOND, FALLBACK):
        await stage.phone(number, "declines")
    record = await stage.call(keys=["2", BORN, "78701"])
    assert path_of(record)[-1] == "sorry"
    assert (record["disposition"], record["state"]) == ("unsold", "ended")


async def test_nobody_buys_so_the_caller_waits_and_a_second_auction_sells(stage):
    await stage.phone(FIRST, "busy")
    session = await stage.place(keys=TEXAN, talk_s=1.0)

    async def waits():
        return any(call.spot and call.spot.node == "wait" for call in stage.server.desk.live())

    await until(waits)
    await stage.phone(FIRST)
    record = await stage.over(session)
    assert path_of(record)[-3:] == ["sell", "wait", "sell"]
    assert (record["disposition"], record["target"]) == ("sold", "first")
    rows = [(row["tier"], row["reason"]) for row in record["candidates"]]
    assert rows == [(1, "busy"), (1, "won")]
    kept = await Records(stage.server.base.calls).get(UUID(record["id"]))
    past = history(kept.start(), kept.events)
    snapshot = stage.server.base.networks.edition(1).snapshot
    assert [is_same(one, again(one, snapshot)) for one in past.held] == [True, True]
    supposed = supposed_course(past, snapshot, snapshot)
    assert supposed.sale == course_of(past.life).sale


async def test_a_caller_who_leaves_in_the_flow_abandoned_it(stage):
    record = await stage.call(keys=["1"], hang_up_after_s=0.5)
    assert record["disposition"] == "abandoned"


async def test_a_flow_is_read_changed_and_taken_back_as_json(stage):
    path = "/v1/flows/calls"
    found = await stage.get(path)
    assert found["node"][0] == {
        "id": "hello",
        "kind": "say",
        "say": "Hello and welcome.",
        "next": "insured",
    }
    found["node"][0]["say"] = "Good morning."
    assert (await stage.api.post("/v1/flows/check", json=found)).json() == {"nodes": 9, "cases": 0}
    reply = await stage.api.put(path, json=found, headers={"if-match": '"1"'})
    assert reply.json() == {
        "version": 2,
        "changes": [
            "changed flow calls: node[0].say Hello and welcome. -> Good morning.",
        ],
    }
    assert (await stage.api.put(path, json=found, headers={"if-match": '"1"'})).status_code == 409
    assert (await stage.get("/v1/flows"))["flows"][0]["campaigns"] == ["calls"]
    assert (await stage.api.get(f"{path}/drawing")).text.startswith("flowchart TD")


async def test_a_flow_that_is_wrong_or_in_use_is_refused_with_its_place(stage):
    found = await stage.get("/v1/flows/calls")
    found["node"][0]["next"] = "nowhere"
    reply = await stage.api.put("/v1/flows/calls", json=found)
    assert reply.status_code == 422
    assert "node[0].next" in reply.text
    gone = await stage.api.delete("/v1/flows/calls")
    assert gone.status_code == 422
    assert "campaign[0].flow" in gone.text
    assert (await stage.api.get("/v1/flows/other")).status_code == 404
    assert (await stage.api.put("/v1/flows/calls", content=b"[]")).status_code == 400


async def group(stage, **more):
    """Let the desk ring both numbers at once."""
    found = await stage.get("/v1/flows/calls")
    found["node"][-2] |= {"order": "simultaneous", **more}
    assert (await stage.api.put("/v1/flows/calls", json=found)).status_code == 200


async def legs_of(stage, record):
    """Return the numbers that were rung, and how their legs ended."""
    truth = await stage.truth(record["call_ref"])
    return {leg["destination"]: leg["cause"] for leg in truth["legs"]}


async def test_all_of_a_group_ring_and_the_first_to_answer_has_the_caller(stage):
    await group(stage)
    await stage.phone(SECOND, answer_after_s=30)
    record = await stage.call(keys=["2", BORN, "78701"], talk_s=0.5)
    assert await legs_of(stage, record) == {
        SECOND: "originator_cancel",
        FALLBACK: "normal_clearing",
    }
    assert (record["disposition"], record["talk_ms"]) == ("unsold", 500)


async def test_when_all_of_a_group_decline_the_flow_goes_on(stage):
    await group(stage)
    for number in (SECOND, FALLBACK):
        await stage.phone(number, "declines")
    record = await stage.call(keys=["2", BORN, "78701"])
    assert path_of(record)[-2:] == ["desk", "sorry"]
    assert set((await legs_of(stage, record)).values()) == {"call_rejected"}


async def test_a_caller_who_leaves_stops_all_phones_of_a_group(stage):
    await group(stage)
    for number in (SECOND, FALLBACK):
        await stage.phone(number, answer_after_s=30)
    session = await stage.place(keys=["2", BORN, "78701"])

    async def both_ring():
        return len((await stage.truth(session))["legs"]) == 2

    await until(both_ring)
    await stage.hang_up(session)
    record = await stage.over(session)
    assert set((await legs_of(stage, record)).values()) == {"originator_cancel"}
