"""Questions: a prompt, and the keys that are pressed on it. A key cuts the prompt short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from edge.media.fields import Fields, Refused, text, whole
from edge.media.hearing import TEXT_MAX, URL_MAX, let_hear
from edge.media.leg import Asking, Leg
from edge.media.switch import Switch

DIGITS = range(1, 129)
WAIT_MS = range(1, 120_001)
FIRST_MS, NEXT_MS = 60_000, 5_000  # How long a question waits for a key, unless told.
ALL_KEYS = "0123456789#*"
Get = Callable[[], Awaitable[bytes]]


def gather(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Wait for keys."""
    _ask(switch, leg, fields, None)


def gather_using_speak(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Read a question out, and wait for keys."""
    words, language = text(fields, "payload", TEXT_MAX), text(fields, "language", 20, "en-US")
    _ask(switch, leg, fields, lambda: switch.prompts.spoken(words, language))


def gather_using_audio(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Play a question, and wait for keys."""
    url = text(fields, "audio_url", URL_MAX)
    _ask(switch, leg, fields, lambda: switch.prompts.fetched(url))


def gather_stop(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Ask no more."""
    if leg.asking is not None:
        leg.hear(None)
    leg.stop_asking("cancelled")


def pressed(switch: Switch, leg: Leg, key: str) -> None:
    """Somebody pressed a key."""
    switch.emit(leg, "call.dtmf.received", digit=key)
    asking = leg.asking
    if asking is None:
        return
    if key == asking.stop:
        leg.hear(None)
        leg.stop_asking(_status(asking))
        return
    if key not in asking.valid:
        return
    asking.keys += key
    leg.hear(None)
    if len(asking.keys) >= asking.most:
        leg.stop_asking("valid")
    else:
        _wait(leg, asking, asking.next_s)


def _ask(switch: Switch, leg: Leg, fields: Fields, get: Get | None) -> None:
    most = whole(fields, "maximum_digits", DIGITS, DIGITS[-1])
    least = whole(fields, "minimum_digits", DIGITS, 1)
    if least > most:
        raise Refused("minimum_digits is no more than maximum_digits")
    first_ms = whole(fields, "timeout_millis", WAIT_MS, FIRST_MS)
    asking = Asking(
        least=least,
        most=most,
        valid=text(fields, "valid_digits", 16, ALL_KEYS),
        stop=text(fields, "terminating_digit", 1, "#"),
        first_s=whole(fields, "initial_timeout_millis", WAIT_MS, first_ms) / 1000,
        next_s=whole(fields, "inter_digit_timeout_millis", WAIT_MS, NEXT_MS) / 1000,
        told=lambda keys, status: switch.emit(leg, "call.gather.ended", digits=keys, status=status),
    )
    leg.stop_asking("cancelled")
    leg.hear(None)
    leg.asking = asking
    if get is None:
        _wait(leg, asking, asking.first_s)
    else:
        let_hear(switch, leg, get, lambda status: _wait(leg, asking, asking.first_s))


def _wait(leg: Leg, asking: Asking, seconds: float) -> None:
    """Count from the last key, or from the end of the prompt."""
    if leg.asking is not asking:
        return
    if asking.timer is not None:
        asking.timer.cancel()
    loop = asyncio.get_running_loop()
    asking.timer = loop.call_later(seconds, lambda: leg.stop_asking(_status(asking)))


def _status(asking: Asking) -> str:
    if not asking.keys:
        return "timeout"
    return "valid" if len(asking.keys) >= asking.least else "invalid"
