"""A network is prepared, compared, tried on past calls, put in force whole, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from auctiond.keys.api_key import RANDOM_BYTES, make_key
from auctiond.networks import staging
from auctiond.pg.api_keys import ApiKeys
from market.money import micros
from routing.network_file import write_network
from tests.whole.networks import BILLABLE_S, TWO, network_of
from tests.whole.stage import client, until

ONE = write_network(network_of(TWO))
DEARER = write_network(network_of(TWO, reserve=micros(15)))
PATH = "/v1/network"


async def stage_it(stage, text=DEARER, note="a trial"):
    reply = await stage.api.put(f"{PATH}/staged", content=text, params={"note": note})
    assert reply.status_code == 200, reply.text
    return reply.json()


async def acts(stage):
    found = (await stage.get(f"{PATH}/acts"))["acts"]
    return [(act["act"], act["version"], act["stage"]) for act in reversed(found)]


async def in_force(stage):
    reply = await stage.api.get(PATH)
    return reply.headers["etag"], reply.text


async def test_what_is_staged_is_not_in_force_until_it_is_applied(stage):
    staged = await stage_it(stage)
    assert staged["changes"] == ["changed campaign calls: reserve 1.00 -> 15.00"]
    assert await in_force(stage) == ('"1"', ONE)
    assert (await stage.api.get(f"{PATH}/staged")).text == DEARER
    assert (await stage.get(f"{PATH}/stage"))["note"] == "a trial"
    assert (await stage.get(f"{PATH}/diff?to=staged"))["changes"] == staged["changes"]
    reply = await stage.api.post(f"{PATH}/staged/apply")
    assert reply.json() == {"version": 2, "changes": staged["changes"]}
    assert await in_force(stage) == ('"2"', DEARER)
    assert (await stage.api.get(f"{PATH}/staged")).status_code == 404
    assert (await stage.get(f"{PATH}/stage"))["stage"] is None
    assert await acts(stage) == [("applied", 1, None), ("staged", None, 1), ("applied", 2, 1)]
    (newest, _) = (await stage.get(f"{PATH}/versions"))["versions"]
    assert (newest["note"], newest["act"], newest["changes"]) == ("a trial", "applied", 1)


async def test_the_dry_run_says_what_it_would_have_made_of_the_last_calls(stage):
    for n in range(2):
        await stage.call(n, talk_s=BILLABLE_S)
    await stage_it(stage, write_network(network_of(TWO, reserve=micros(25))))
    told = await stage.api.post(f"{PATH}/dry-run", params={"network": "staged", "last": 1})
    assert (told.json()["calls"], told.json()["lost"]) == (1, 1)
    cheap = [replace(TWO[0], price=micros(5)), TWO[1]]
    body = write_network(network_of(cheap))
    told = (await stage.api.post(f"{PATH}/dry-run", content=body)).json()
    assert (told["calls"], told["exact"], told["changed_winner"]) == (2, 2, 2)
    assert told["before"] == {"sold": 2, "revenue_micros": 40_000_000}
    assert told["after"] == {"sold": 2, "revenue_micros": 20_000_000}
    assert await in_force(stage) == ('"1"', ONE)
    bad = await stage.api.post(f"{PATH}/dry-run", content="no = network")
    assert bad.status_code == 422


async def test_a_former_version_comes_back_as_a_new_one(stage):
    assert (await stage.apply(network_of(TWO, reserve=micros(15)))).status_code == 200
    reply = await stage.api.post(f"{PATH}/versions/1/rollback", json={"note": "calls fell"})
    assert reply.json()["version"] == 3
    assert await in_force(stage) == ('"3"', ONE)
    newest = (await stage.get(f"{PATH}/versions"))["versions"][0]
    assert (newest["act"], newest["note"]) == ("rolled_back", "to version 1: calls fell")
    again = await stage.api.post(f"{PATH}/versions/1/rollback")
    assert again.status_code == 409
    assert (await stage.api.post(f"{PATH}/versions/9/rollback")).status_code == 404
    told = await stage.get(f"{PATH}/diff?from=1&to=2")
    assert told["changes"] == ["changed campaign calls: reserve 1.00 -> 15.00"]


async def test_what_was_made_on_an_older_version_takes_nothing_back(stage):
    await stage_it(stage)
    await stage.apply(network_of(TWO, legs_max=2))
    refused = await stage.api.post(f"{PATH}/staged/apply")
    assert refused.status_code == 409
    assert "made on version 1" in refused.json()["title"]
    later = {"at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    assert (await stage.api.post(f"{PATH}/staged/apply", json=later)).status_code == 409
    assert (await in_force(stage))[0] == '"2"'
    assert (await stage.api.delete(f"{PATH}/staged")).json() == {"dropped": 1}
    assert (await stage.api.delete(f"{PATH}/staged")).status_code == 404
    assert (await acts(stage))[-1] == ("dropped", None, 1)


async def test_it_comes_into_force_when_it_is_due(stage):
    await stage_it(stage)
    for ahead_s in (0.3, 3.0, 30.0):  # On a crowded machine the first may be over by then.
        due = datetime.now(UTC) + timedelta(seconds=ahead_s)
        told = await stage.api.post(f"{PATH}/staged/apply", json={"at": due.isoformat()})
        if told.status_code == 202:
            break
    assert told.status_code == 202, told.text

    async def came():
        return (await in_force(stage))[0] == '"2"'

    await until(came)
    assert datetime.now(UTC) >= due
    assert [act for act, _, _ in await acts(stage)] == ["applied", "staged", "scheduled", "applied"]
    by = {act["by"] for act in (await stage.get(f"{PATH}/acts"))["acts"]}
    assert len(by) == 1


async def test_what_is_due_and_made_on_an_older_version_fails_and_says_so(stage, monkeypatch):
    clock = stage.server.staging
    await stage_it(stage)
    due = datetime.now(UTC) + timedelta(hours=1)
    await stage.api.post(f"{PATH}/staged/apply", json={"at": due.isoformat()})
    assert (await stage.get(f"{PATH}/stage"))["due"] == due.isoformat()
    await stage.apply(network_of(TWO, legs_max=2))
    later = staging.Staging(
        clock.stages, clock.applying, clock.log, lambda: clock.now_ms() + 2 * 3600 * 1000
    )
    assert await later.look() == 0.0
    assert (await stage.get(f"{PATH}/acts"))["acts"][0]["act"] == "failed"
    assert (await stage.get(f"{PATH}/stage"))["due"] is None
    assert (await in_force(stage))[0] == '"2"'


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("PUT", "/staged", {"content": "no = network"}),
        ("PUT", "/staged?note=" + "x" * 201, {"content": ONE}),
        ("POST", "/staged/apply", {"json": {"at": "tomorrow"}}),
        ("POST", "/staged/apply", {"json": {"at": "2020-01-01T00:00:00"}}),
        ("POST", "/staged/apply", {"json": {"at": "2020-01-01T00:00:00+00:00"}}),
        ("POST", "/versions/one/rollback", {}),
        ("POST", "/versions/1/rollback", {"content": "["}),
        ("GET", "/diff?from=first", {}),
        ("GET", "/diff?to=7", {}),
        ("POST", "/dry-run?last=0", {}),
    ],
)
async def test_what_cannot_be_is_a_problem_in_words(stage, method, path, more):
    if path == "/staged/apply":
        await stage_it(stage)
    reply = await stage.api.request(method, PATH + path, **more)
    assert 400 <= reply.status_code < 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert (await in_force(stage))[0] == '"1"'


async def test_who_may_only_read_changes_nothing(stage):
    made = make_key(bytes(RANDOM_BYTES))
    await ApiKeys(stage.server.base.pg).add(made.id, "test", made.hash, ["read"])
    await stage_it(stage)
    async with client(stage.url, made.text) as reader:
        for path in ("/staged", "/stage", "/acts", "/diff?to=staged", "/versions"):
            assert (await reader.get(PATH + path)).status_code == 200
        for method, path in (
            ("PUT", "/staged"),
            ("DELETE", "/staged"),
            ("POST", "/staged/apply"),
            ("POST", "/versions/1/rollback"),
        ):
            reply = await reader.request(method, PATH + path, content=b"")
            assert reply.status_code == 403
