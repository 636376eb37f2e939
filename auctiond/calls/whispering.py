"""What a buyer's side hears before the join, and the join: for carriers that take one command at a
time. A carrier of documents does both inside its documents, and nothing is left to do here.
"""

from __future__ import annotations

from typing import Any

import trio

from auctiond.calls.phone import Phone
from market.call import BuyerAnswered, Call, Event
from market.network import Target
from market.phone import Bridge, CarrierError, Command, Gather, LegGone, Say
from market.whisper import PRESS_S, whisper_of

SPOKEN_GRACE_S = 2.0  # Well after a whisper, the news of its end was lost.


def screen_of(target: Target) -> dict[str, Any]:
    """Return what a dial asks of who answers; nothing of most."""
    heard = whisper_of(target.whisper, accept_key=target.accept_key)
    asked = {"whisper": heard, "press_one": target.accept_key, "no_machine": target.no_machine}
    return {name: value for name, value in asked.items() if value}


def ring_back(phone: Phone, call: Call) -> None:
    """Let the caller hear a ring: a leg that rings alone makes none."""
    if phone.ringback and not plays_documents(phone, call):
        phone.play(call, phone.ringback)


async def whisper(phone: Phone, call: Call, target: Target) -> Event:
    """Say what is to be said, and ask for the key; return what no webhook told of it."""
    if plays_documents(phone, call):
        return await trio.sleep_forever()
    text = whisper_of(target.whisper, accept_key=target.accept_key)
    if target.accept_key:
        asks: dict[str, Any] = {"prompt": text, "digits": 1, "timeout_s": PRESS_S}
        gather = phone.make(Gather, call, ref_of=call.leg, **asks)
        return await _told(phone, call, gather) or await trio.sleep_forever()
    say = phone.make(Say, call, ref_of=call.leg, text=text)
    return await _told(phone, call, say) or await _heard_out(phone, call)


async def join(phone: Phone, call: Call) -> Event:
    """Join the two, and return what no webhook told of it."""
    if call.screened and not plays_documents(phone, call):
        other = phone.leads.get(call.id).refs.get(call.leg, "")
        failed = await _told(phone, call, phone.make(Bridge, call, other=other))
        if failed is not None:
            return failed
    return await phone.watch_join(call)


async def _heard_out(phone: Phone, call: Call) -> Event:
    """Return that the whisper was heard if who hears it is there well after its end."""
    assert call.bid is not None
    await trio.sleep(call.bid.whisper_s + SPOKEN_GRACE_S)
    gone = await phone.who_is_gone(call)
    return gone or BuyerAnswered(at_ms=phone.now_ms(), leg=call.leg)


async def _told(phone: Phone, call: Call, command: Command) -> Event | None:
    """Give a command; return which leg is gone. What was not done, the deadline ends."""
    try:
        await phone.send(command)
    except LegGone:
        return await phone.who_is_gone(call) or await trio.sleep_forever()
    except CarrierError as error:
        phone.log.warning("command.failed", call=call.id, reason=error.reason)
        return await trio.sleep_forever()
    return None


def plays_documents(phone: Phone, call: Call) -> bool:
    """Tell whether a call's carrier plays documents: one of them is a whole dial."""
    return phone.carriers.of(phone.leads.carrier_of(call.id)).plays_documents
