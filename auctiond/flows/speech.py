"""What a flow lets a caller hear, and the keys it asks for, as commands to the carrier."""

from __future__ import annotations

from auctiond.calls.phone import Phone
from market.call import Call, Event
from market.phone import Gather, Play, Say
from routing.flows.hearing import Sound


async def hear(phone: Phone, call: Call, sound: Sound) -> Event:
    """Let the caller hear words or a recording to their end; return why nobody tells of it."""
    if sound.play:
        return await phone.told(call, Play, url=sound.play, once=True)
    return await phone.told(call, Say, text=sound.say, language=sound.language)


async def ask(
    phone: Phone, call: Call, sound: Sound, digits: int, least: int, timeout_s: float
) -> Event:
    """Let the caller hear a question, and take the keys that are pressed."""
    return await phone.told(
        call,
        Gather,
        prompt=sound.say,
        digits=digits,
        timeout_s=timeout_s,
        least=least,
        play=sound.play,
        language=sound.language,
    )
