"""A caller's wish to be called back: asked for once, with its proof, whatever the database does."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import UUID

import trio

from auctiond.calls.leads import Lead, Leads
from auctiond.flows.calling_back import AGAIN_S, CallingBack
from auctiond.logs import Log
from auctiond.pg.errors import PgAway
from market.call import Call
from market.call_flow import CallbackOffer, Prompt
from market.callback import CallbackWanted
from market.spot import Spot

ID = UUID(int=7)
CALL = Call(
    ID,
    network=3,
    campaign="auto",
    publisher="pub",
    spot=Spot("auto", "offer"),
    facts=(("zip", "78701"), ("ivr.insured", "yes")),
)
NODE = CallbackOffer("offer", Prompt({"": "Press 1."}), accepted="bye", declined="bye")
CALLER = "+12125550123"


def calling_back(want, caller: str = CALLER):
    """Return who takes wishes in, and the notes of the call's log."""
    leads, notes = Leads(), []
    leads.put(ID, Lead("session", {0: "leg-0"}, caller=caller))
    log = SimpleNamespace(note=lambda id_, kind, data: notes.append((kind, data)))
    return CallingBack(leads, log, Log(), want), notes


async def nobody(wanted: CallbackWanted) -> None:
    """Take nothing in."""


def test_the_call_is_the_proof_and_the_key():
    back, notes = calling_back(nobody)
    wanted = back.wish(CALL, NODE, 5000)
    assert (wanted.campaign, wanted.publisher, wanted.number) == ("auto", "pub", CALLER)
    assert (wanted.consent.call_id, wanted.consent.digit, wanted.consent.given_ms) == (
        ID,
        "1",
        5000,
    )
    assert wanted.consent.text == "auto/offer, network 3"
    assert (wanted.facts, wanted.key) == ((("zip", "78701"),), f"call:{ID}")
    assert notes == [("callback_wanted", {"node": "offer", "number": True})]
    assert CALLER not in repr(wanted)


def test_who_withholds_the_number_cannot_be_called_and_it_is_noted():
    back, notes = calling_back(nobody, caller="")
    assert back.wish(CALL, NODE, 5000) is None
    assert notes == [("callback_wanted", {"node": "offer", "number": False})]


async def test_it_is_asked_until_the_database_is_there(autojump_clock):
    tries = []

    async def want(wanted):
        tries.append(wanted.key)
        if len(tries) < 3:
            raise PgAway

    back, _ = calling_back(want)
    await back.ask(CALL, back.wish(CALL, NODE, 5000))
    assert tries == [f"call:{ID}"] * 3
    assert trio.current_time() == 2 * AGAIN_S
