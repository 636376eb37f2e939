"""What a leg hears: a text that is read out, a recording, music."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from edge.media.fields import Fields, text
from edge.media.leg import Hearing, Leg
from edge.media.sound import BadSound
from edge.media.switch import Switch

TEXT_MAX = 3000  # Characters, as Telnyx has it.
URL_MAX = 2048

log = logging.getLogger("edge.hearing")


def speak(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Read a text out."""
    words, language = text(fields, "payload", TEXT_MAX), text(fields, "language", 20, "en-US")

    def told(status: str) -> None:
        status = "call_hangup" if status == "call_hangup" else "completed"
        switch.emit(leg, "call.speak.ended", status=status)

    switch.emit(leg, "call.speak.started")
    let_hear(switch, leg, lambda: switch.prompts.spoken(words, language), told)


def playback_start(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Play a recording, once or for ever."""
    url, endless = text(fields, "audio_url", URL_MAX), fields.get("loop") == "infinity"

    def told(status: str) -> None:
        switch.emit(leg, "call.playback.ended", status=status, media_url=url)

    switch.emit(leg, "call.playback.started", media_url=url)
    let_hear(switch, leg, lambda: switch.prompts.fetched(url), told, endless=endless)


def playback_stop(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Stop what is played."""
    if leg.asking is None:
        leg.hear(None)


def whisper(switch: Switch, leg: Leg, url: str, then: Callable[[], object]) -> None:
    """Let who was rung hear something before they are joined; a bad recording is no whisper."""

    def told(status: str) -> None:
        if status != "call_hangup":
            then()

    let_hear(switch, leg, lambda: switch.prompts.fetched(url), told)


def let_hear(
    switch: Switch,
    leg: Leg,
    get: Callable[[], Awaitable[bytes]],
    told: Callable[[str], object],
    *,
    endless: bool = False,
) -> None:
    """Let `leg` hear what `get` brings, and nothing else; until it is here, silence."""
    hearing = Hearing(b"", told, endless=True)
    leg.hear(hearing)

    async def fill() -> None:
        try:
            hearing.sound = await get()
        except BadSound as error:
            log.error("a leg hears nothing: %s", error)
        hearing.endless = endless and bool(hearing.sound)
        if not hearing.sound and leg.hearing is hearing:
            leg.hear(None, "file_not_found")

    switch.start(fill())
