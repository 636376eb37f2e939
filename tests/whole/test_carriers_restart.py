"""A server that stops under a call by documents: the ring or the talk goes on, and is paid for."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from auctiond.logs import Log
from auctiond.main import open_server
from auctiond.sandbox.buyers.server import BuyersOptions, open_sandbox_buyers
from auctiond.sandbox.carrier import open_sandbox_carrier
from tests.whole.networks import FIRST, SECOND, network_of
from tests.whole.stage import (
    SEED,
    Stage,
    client,
    furnish,
    hooks_at,
    open_web,
    settings_of,
    single_errors,
    until,
)
from tests.whole.test_carriers import NAMES, TALK_S, TWO, complaints

BIN = '<Response><Pause length="1"/><Redirect>{}</Redirect></Response>'  # docs/carriers.md


def address_of(door):
    return f"127.0.0.1:{door.getsockname()[1]}"


@asynccontextmanager
async def served(plan, door, carrier, shops):
    """Run a server on a carrier that was there before, and stays when it stops."""
    address = address_of(door)
    settings = settings_of(plan, address, carrier)
    async with (
        open_server(settings, plan.where, Log("server")) as server,
        open_web(server, door),
        client(f"http://{address}", (plan.folder / "admin.key").read_text().strip()) as api,
        client(carrier.base_url) as people,
    ):
        yield Stage(server, settings, f"http://{address}", api, people, carrier, shops)


@asynccontextmanager
async def outside(plan, protocol):
    """Run what stays when a server stops: its address, the carrier and the buyers."""
    with single_errors(), socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        hooks = hooks_at(address_of(door), protocol)
        options = replace(plan.carrier, protocol=protocol, hooks=hooks)
        async with (
            open_sandbox_buyers(BuyersOptions(1, SEED, ("instant",), 1)) as shops,
            open_sandbox_carrier(options) as carrier,
        ):
            yield door, carrier, shops


@pytest.mark.parametrize("protocol", NAMES)
async def test_calls_outlive_the_time_in_which_there_is_no_server(plan, protocol):
    """Of one a buyer turns out to be busy meanwhile; another comes in when nobody is there."""
    async with (
        outside(plan, protocol) as (door, carrier, shops),
        client(carrier.base_url) as people,
    ):
        if protocol == "twilio":
            hooks = hooks_at(address_of(door), protocol)
            waits = BIN.format(hooks.partition("#")[0])
            kept = (await people.put("/sandbox/twiml", json={"twiml": waits})).json()
            number = {"voice_fallback_url": kept["url"]}
            await people.put("/sandbox/account", json={"number": number})
        async with served(plan, door, carrier, shops) as stage:
            await furnish(stage, network_of(TWO))
            await stage.phone(FIRST, "busy", answer_after_s=1.0)
            await stage.phone(SECOND)
            sessions = [await stage.place(talk_s=TALK_S)]
            await stage.in_state(sessions[0], "dialing")

            async def rings():
                return (await stage.truth(sessions[0]))["legs"]

            await until(rings)
        away = replace(stage, people=people)
        sessions.append(await away.place(1, talk_s=TALK_S))

        async def is_busy():
            return (await away.truth(sessions[0]))["legs"][0]["ended_ms"]

        await until(is_busy)
        async with served(plan, door, carrier, shops) as stage:
            records = [await stage.over(session) for session in sessions]
            await stage.no_hold_open()
            assert [record["target"] for record in records] == ["second", "second"]
            assert (await stage.wallet("second"))["balance"] == "480.00"
            assert await complaints(stage) == []


@pytest.mark.parametrize("protocol", NAMES)
@pytest.mark.parametrize("state", ["dialing", "bridged"])
async def test_after_a_restart_a_ring_or_a_talk_goes_on(plan, protocol, state):
    async with outside(plan, protocol) as (door, carrier, shops):
        async with served(plan, door, carrier, shops) as stage:
            await furnish(stage, network_of(TWO))
            rings_s = 4.0 if state == "dialing" else 0.05
            await stage.phone(FIRST, "answers", answer_after_s=rings_s)
            await stage.phone(SECOND)
            session = await stage.place(talk_s=TALK_S)
            await stage.in_state(session, state)
        async with served(plan, door, carrier, shops) as stage:
            record = await stage.over(session)
            await stage.no_hold_open()
            truth = await stage.truth(session)
            assert [leg["destination"] for leg in truth["legs"]] == [FIRST]
            assert truth["talk_ms"] == TALK_S * 1000
            assert (record["disposition"], record["target"]) == ("sold", "first")
            assert await complaints(stage) == []
