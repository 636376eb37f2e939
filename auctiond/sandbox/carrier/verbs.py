"""The commands of Call Control that the sandbox carrier knows, each a function of a leg."""

from __future__ import annotations

from collections.abc import Callable

import trio

from auctiond.sandbox.carrier.leg import Audio, Leg
from auctiond.sandbox.carrier.phone_call import LEGS_MAX, PhoneCall
from auctiond.sandbox.carrier.phones import digits_typed, key_pressed
from auctiond.sandbox.carrier.recording import (
    record_pause,
    record_resume,
    record_start,
    record_stop,
)
from auctiond.sandbox.carrier.refusals import Fields, Refused, demand_answered, whole, wrong

WORD_S = 0.35  # Spoken at an easy pace.
KEY_S = 0.4  # From one key to the next.
FILE_S = 3.0  # An audio file that is played once.
RING_MAX_S = 600  # This, and the next three, as the carrier documents its fields.
TALK_S = range(1, 14_401)
DIGITS = range(1, 129)
WAIT_MS = range(1, 120_001)
FIRST_MS, NEXT_MS = 60_000, 5_000  # How long a question waits for a digit, unless told.
KEYS = frozenset("0123456789ABCDwW*#")
REJECTED = {
    "USER_BUSY": "user_busy",
    "CALL_REJECTED": "call_rejected",
    "NOT_FOUND": "not_found",
    "TEMPORARILY_UNAVAILABLE": "unspecified",
}


def answer(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """The caller is through to us."""
    leg.hook_url = str(fields.get("webhook_url") or leg.hook_url)

    async def get_through() -> None:
        await call.network()
        if leg.alive and leg.answered_ms is None:
            leg.answered_ms = call.around.clock.now_ms()
            call.emit(leg, "call.answered", leg.answered_ms, state="answered")

    call.start(get_through)


def reject(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """The caller is refused before it was answered."""
    if leg.answered_ms is not None or fields.get("cause") not in REJECTED:
        raise wrong("Only an unanswered call can be rejected, with a known cause")
    call.end(leg, REJECTED[fields["cause"]], "callee")


def hangup(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """End a leg. Of one that we dialled we are the caller, and so it says."""
    if leg.direction == "incoming":
        call.end(leg, "normal_clearing", "callee")
    elif leg.answered_ms is None:
        call.end(leg, "originator_cancel", "caller", sip="487")
    else:
        call.end(leg, "normal_clearing", "caller")


def transfer(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Ring somebody else and join."""
    demand_answered(leg)
    to = fields.get("to")
    if leg is not call.a or not isinstance(to, str) or not to:
        raise wrong("The caller's leg is transferred, and `to` says where")
    whole(fields, "timeout_secs", range(call.around.options.shortest_ring_s, RING_MAX_S + 1))
    whole(fields, "time_limit_secs", TALK_S)
    if len(call.dialled) >= LEGS_MAX or any(other.alive for other in call.dialled):
        raise wrong("The call is being transferred already, or was too often")
    call.transfer(to, fields)


def dial(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Ring somebody beside others, and join when that is the first to answer."""
    demand_answered(leg)
    to = fields.get("to")
    if leg is not call.a or not isinstance(to, str) or not to:
        raise wrong("link_to is the caller's leg, and `to` says where")
    if not fields.get("connection_id"):
        raise wrong("Here a leg is dialled to be joined, over a connection")
    whole(fields, "timeout_secs", range(call.around.options.shortest_ring_s, RING_MAX_S + 1))
    whole(fields, "time_limit_secs", TALK_S)
    if len(call.dialled) >= LEGS_MAX:
        raise wrong("The call rang too many")
    call.transfer(to, fields)
    if not fields.get("bridge_on_answer"):
        _wait_for_bridge(call.dialled[-1])


def _wait_for_bridge(leg: Leg) -> None:
    joins = leg.may_join = trio.Event()

    async def until_told() -> bool:
        await joins.wait()
        return leg.alive

    leg.screen = until_told


def bridge(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Join the caller with a leg that was dialled, and has answered."""
    demand_answered(leg)
    ref = fields.get("call_control_id")
    other = next((one for one in call.dialled if one.ref == ref), None)
    if other is None or other.may_join is None:
        raise wrong("call_control_id is a leg that was dialled to be joined")
    if not other.alive:
        raise Refused("90018", "Call has already ended")
    demand_answered(other)
    call.a.park = fields.get("park_after_unbridge") == "self"
    other.may_join.set()


def speak(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Read a text out."""
    demand_answered(leg)
    words_s = _speaking_s(call, fields)
    audio = Audio("speak")
    call.play(leg, audio)
    call.emit(leg, "call.speak.started")

    async def read_out() -> None:
        with audio.scope:
            await trio.sleep(words_s)
            leg.audio = None
            call.emit(leg, "call.speak.ended", status="completed")

    call.start(read_out)


def gather_using_speak(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Read a question out, and take the digits that are typed."""
    demand_answered(leg)
    words_s = _speaking_s(call, fields)
    most = whole(fields, "maximum_digits", DIGITS) or DIGITS[-1]
    least = whole(fields, "minimum_digits", DIGITS) or 1
    first_ms = whole(fields, "timeout_millis", WAIT_MS) or FIRST_MS
    next_ms = whole(fields, "inter_digit_timeout_millis", WAIT_MS) or NEXT_MS
    if leg.phone is not None:
        digits = key_pressed(leg.phone)
    else:
        digits = digits_typed(call.order.script, most, call.asked)
        call.asked += 1
    audio = Audio("gather")
    call.play(leg, audio)

    async def ask() -> None:
        with audio.scope:
            await trio.sleep(words_s)
            await _type(call, leg, digits)
            if len(digits) < most:
                await trio.sleep((next_ms if digits else first_ms) / 1000)
            leg.audio = None
            status = "valid" if len(digits) >= least else "invalid" if digits else "timeout"
            call.emit(leg, "call.gather.ended", digits=digits, status=status)

    call.start(ask)


def playback_start(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Play a file, once or for ever."""
    demand_answered(leg)
    url, endless = fields.get("audio_url"), fields.get("loop") == "infinity"
    if not isinstance(url, str) or not url:
        raise wrong("audio_url is a URL")
    audio = Audio("playback")
    call.play(leg, audio)
    call.emit(leg, "call.playback.started", media_url=url)

    async def run_out() -> None:
        with audio.scope:
            await trio.sleep(FILE_S / call.around.options.hurry)
            call.stop_audio(leg, "completed")

    if not endless:
        call.start(run_out)


def playback_stop(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Stop what is played."""
    demand_answered(leg)
    if leg.audio is not None and leg.audio.kind == "playback":
        call.stop_audio(leg, "cancelled")


def send_dtmf(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Press keys on a leg."""
    demand_answered(leg)
    digits = fields.get("digits")
    if not isinstance(digits, str) or not digits or set(digits) - KEYS:
        raise wrong("digits are of 0-9, A-D, *, #, w and W")
    leg.keys.append(digits)


def nothing(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """What changes nothing that anybody could see here."""


VERBS: dict[str, Callable[[PhoneCall, Leg, Fields], None]] = {
    "answer": answer,
    "reject": reject,
    "hangup": hangup,
    "transfer": transfer,
    "dial": dial,
    "bridge": bridge,
    "speak": speak,
    "gather_using_speak": gather_using_speak,
    "playback_start": playback_start,
    "playback_stop": playback_stop,
    "client_state_update": nothing,
    "record_start": record_start,
    "record_stop": record_stop,
    "record_pause": record_pause,
    "record_resume": record_resume,
    "send_dtmf": send_dtmf,
}


async def _type(call: PhoneCall, leg: Leg, digits: str) -> None:
    for digit in digits:
        await trio.sleep(KEY_S * call.rng.uniform(0.5, 1.5) / call.around.options.hurry)
        call.emit(leg, "call.dtmf.received", digit=digit)


def _speaking_s(call: PhoneCall, fields: Fields) -> float:
    payload = fields.get("payload")
    if not isinstance(payload, str) or not 0 < len(payload) <= 3000 or not fields.get("voice"):
        raise wrong("payload is a text of 1 to 3000 characters, voice is who speaks")
    return WORD_S * len(payload.split()) / call.around.options.hurry
