"""Applying a network while calls run: they keep theirs, new ones get the new one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from market.network import Publisher
from routing.network_file import write_network
from tests.whole.networks import BILLABLE_S, SECOND, TWO, network_of


def with_payout(percent):
    """Return the network of the stage with another payout."""
    return replace(network_of(TWO), publishers=(Publisher("pub", "P", payout_percent=percent),))


async def put(stage, content, **headers):
    return await stage.api.put("/v1/network", content=content, headers=headers)


async def test_a_running_call_pays_out_by_the_network_it_started_with(stage):
    session = await stage.place(0, talk_s=BILLABLE_S + 0.5)
    await stage.in_state(session, "bridged")
    reply = await stage.apply(with_payout(10))
    assert (reply.status_code, reply.json()["version"]) == (200, 2)
    assert "70" in str(reply.json()["changes"])
    old = await stage.over(session)
    assert (old["network"], (await stage.totals())["payout"]) == (1, 14_000_000)
    new = await stage.call(1, talk_s=BILLABLE_S)
    assert (new["network"], (await stage.totals())["payout"]) == (2, 14_000_000 + 2_000_000)


async def test_a_running_call_goes_on_with_a_buyer_who_is_no_longer_there(stage):
    session = await stage.place(0, talk_s=BILLABLE_S + 0.5)
    await stage.in_state(session, "bridged")
    assert (await stage.apply(network_of(TWO[1:]))).status_code == 200
    old = await stage.over(session)
    assert (old["disposition"], old["target"]) == ("sold", "first")
    new = await stage.call(1, talk_s=BILLABLE_S)
    assert [row["target"] for row in new["candidates"]] == ["second"]
    assert (await stage.totals())["captured"] == 30_000_000


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (lambda text: text.replace('"20', '"twenty').replace(str(BILLABLE_S), '"soon"'), 3),
        (lambda text: text + '\n[[number]]\nnumber = "12"\ncampaign = "none"\n', 1),
        (lambda text: "this is no TOML", 1),
        (lambda text: "", 1),
    ],
)
async def test_a_wrong_network_is_refused_whole_with_all_that_is_wrong(stage, change, problems):
    reply = await put(stage, change(write_network(network_of(TWO))))
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")
    found = reply.json()["problems"]
    assert len(found) >= problems
    assert all(problem.startswith("network") for problem in found)
    kept = await stage.api.get("/v1/network")
    assert (kept.headers["etag"], kept.text) == ('"1"', write_network(network_of(TWO)))
    assert (await stage.call(talk_s=BILLABLE_S))["network"] == 1


async def test_a_network_that_replaces_another_than_thought_is_refused(stage):
    await stage.phone(SECOND)
    text = write_network(with_payout(10))
    stale = await put(stage, text, **{"If-Match": '"7"'})
    assert (stale.status_code, stale.headers["content-type"]) == (409, "application/problem+json")
    odd = await put(stage, text, **{"If-Match": '"seven"'})
    assert odd.status_code == 400
    right = await put(stage, text, **{"If-Match": '"1"'})
    assert (right.status_code, right.json()["version"]) == (200, 2)


async def test_a_network_that_is_no_utf_8_is_refused(stage):
    body = write_network(network_of(TWO)).encode().replace(b"Calls", b"Caf\xe9")
    assert (await put(stage, body)).status_code == 400
