"""Asking the operator's own server: what leaves, what is taken, and that nothing stops a call."""

from __future__ import annotations

from uuid import UUID

import orjson
import pytest
import trio

from auctiond.flows.webhook import Webhooks
from auctiond.keys.secret import SecretError
from auctiond.logs import Log
from auctiond.net.wire import WireError
from market.call import Call
from market.call_flow import Webhook
from market.http import HttpReply, HttpRequest
from market.spot import Spot
from routing.flows.playing import Failed, News, Told

CALL = Call(UUID(int=7), campaign="calls", spot=Spot("auto", "crm", visit=3))
NODE = Webhook(
    "crm",
    "https://crm.example.com/ask",
    next="a",
    failed="b",
    deadline_ms=500,
    send=("zip", "ivr.insured", "ivr.birth"),
    take={"plan": "offer.plan", "rank": "offer.rank", "vip": "vip", "note": "note"},
    key="env:CRM",
)
FACTS = {"zip": "78701", "ivr.insured": "yes", "ivr.birth": "19500102", "state": "TX"}


class OneReply:
    """A wire with one reply, or none."""

    def __init__(self, reply: HttpReply | Exception | None) -> None:
        self.reply = reply
        self.sent: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpReply:
        self.sent.append(request)
        if self.reply is None:
            await trio.sleep_forever()
        if isinstance(self.reply, Exception):
            raise self.reply
        assert isinstance(self.reply, HttpReply)
        return self.reply


def no_secret(reference: str) -> str:
    """Return nothing."""
    raise SecretError(reference)


async def ask(wire: OneReply, secrets=lambda reference: "hush") -> News:
    """Return what the webhook tells a flow."""
    webhooks = Webhooks(wire, secrets, Log("test"))  # type: ignore[arg-type]
    return await webhooks.ask(CALL, NODE, FACTS, ("insured",))


def said(body: object, status: int = 200) -> HttpReply:
    """Return a reply."""
    return HttpReply(status, (), orjson.dumps(body))


async def test_only_what_is_asked_for_and_anonymous_leaves() -> None:
    wire = OneReply(said({}))
    await ask(wire)
    body = orjson.loads(wire.sent[0].body)
    assert body["facts"] == {"zip": "78701", "ivr.insured": "yes"}
    assert (body["flow"], body["node"], body["campaign"]) == ("auto", "crm", "calls")
    assert ("authorization", "Bearer hush") in wire.sent[0].headers


async def test_short_values_are_taken_and_odd_ones_left_out() -> None:
    told = {"offer": {"plan": "gold", "rank": 3}, "vip": True, "note": "call +1 212 555 0123"}
    assert await ask(OneReply(said(told))) == Told(
        {"ivr.plan": "gold", "ivr.rank": "3", "ivr.vip": "yes"}
    )


@pytest.mark.parametrize(
    "reply",
    [
        said({}, 500),
        said({}, 302),
        HttpReply(200, (), b"<html>"),
        WireError("refused_address"),
        ValueError("no such header"),
        None,
    ],
)
async def test_whatever_goes_wrong_is_the_edge_failed(autojump_clock, reply) -> None:
    assert await ask(OneReply(reply)) == Failed()
    assert trio.current_time() <= 0.5


async def test_a_secret_that_is_not_there_sends_nothing() -> None:
    wire = OneReply(said({}))
    assert await ask(wire, no_secret) == Failed()
    assert wire.sent == []
