"""The commands of Call Control, each a function of the switch and a leg.

A 200 says that it is being done; a webhook tells when it is. What Telnyx has beyond is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from edge.media.asking import gather, gather_stop, gather_using_audio, gather_using_speak
from edge.media.fields import Fields, Refused, text, whole
from edge.media.hearing import playback_start, playback_stop, speak, whisper
from edge.media.leg import Hearing, Leg
from edge.media.sip import Gone
from edge.media.sound import BEEP, Tape
from edge.media.switch import Switch

RING_S, LIMIT_S = range(1, 601), range(1, 14_401)  # As Telnyx has them, but for the shortest ring.
DIGITS = frozenset("0123456789ABCDabcd*#")
PAUSE = frozenset("wW")
REJECTED = {
    "USER_BUSY": "user_busy",
    "CALL_REJECTED": "call_rejected",
    "NOT_FOUND": "not_found",
    "TEMPORARILY_UNAVAILABLE": "unspecified",
}
NOT_UP = "90034"


def answer(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Take a call that rings here."""
    if not leg.incoming:
        raise Refused("Only a call that came in can be answered")
    if leg.up_ms is None:
        switch.start(switch.answer(leg))


def reject(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Refuse a call that rings here."""
    cause = REJECTED.get(str(fields.get("cause")))
    if not leg.incoming or leg.up_ms is not None or cause is None:
        raise Refused("Only an unanswered call can be rejected, with a known cause")
    switch.end(leg, cause, "callee")


def hangup(switch: Switch, leg: Leg, fields: Fields) -> None:
    """End a leg, answered or not. Of one that we rang we are the caller."""
    if leg.incoming or leg.up_ms is not None:
        switch.end(leg, "normal_clearing", "callee" if leg.incoming else "caller")
    else:
        switch.end(leg, "originator_cancel", "caller")


def transfer(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Ring somebody for this leg, whisper if told, and join the two."""
    _demand_up(leg)
    if leg.peer is not None or any(one.owner is leg for one in switch.live.values()):
        raise Refused("The leg is being transferred already")
    leg.park = fields.get("park_after_unbridge") == "self"
    state = text(fields, "target_leg_client_state", 4096, "")
    other = _rung(switch, fields, leg, state)

    def here() -> None:
        if url := fields.get("audio_url"):
            whisper(switch, other, str(url), lambda: switch.join(leg, other))
        else:
            switch.join(leg, other)

    _ring(switch, other, fields, leg.called, here)


def dial(switch: Switch, leg: Leg | None, fields: Fields) -> Leg:
    """Ring somebody: alone, or linked to `leg`, and then joined with it where it says so."""
    if leg is not None:
        _demand_up(leg)
    other = _rung(switch, fields, leg, text(fields, "client_state", 4096, ""))
    joins = leg is not None and bool(fields.get("bridge_on_answer"))

    def here() -> None:
        if leg is None or not joins:
            return
        if leg.peer is not None and fields.get("prevent_double_bridge"):
            switch.end(other, "normal_clearing", "caller")  # Somebody else was quicker.
        else:
            switch.join(leg, other)

    _ring(switch, other, fields, "", here)
    return other


def bridge(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Join this leg with another one that is up."""
    other = switch.live.get(text(fields, "call_control_id", 256))
    if other is None or other is leg or not other.talks:
        raise Refused("call_control_id is another leg that is up")
    _demand_up(leg)
    if leg.peer is not None or other.peer is not None:
        raise Refused("One of the two talks to somebody already")
    leg.park = fields.get("park_after_unbridge") == "self"
    switch.join(leg, other)


def send_dtmf(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Press keys on a leg."""
    _demand_up(leg)
    keys = text(fields, "digits", 64)
    if not set(keys) <= DIGITS | PAUSE:
        raise Refused("digits are 0-9, A-D, *, # and w for a pause")
    switch.start(_press(leg, "".join(key for key in keys if key in DIGITS)))


def record_start(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Record what a leg says and, where it is dual, what it hears on a channel of its own."""
    _demand_up(leg)
    if fields.get("format") != "wav":
        raise Refused("format is wav: this switch makes no mp3")
    if fields.get("channels") not in ("single", "dual"):
        raise Refused("channels is single or dual")
    if leg.tape is not None:
        raise Refused("The leg is being recorded already")
    path = switch.recordings.path_of(f"{uuid4()}.wav")
    leg.tape = Tape(path, switch.clock.now_ms(), dual=fields["channels"] == "dual")
    if fields.get("play_beep"):
        leg.hear(Hearing(BEEP, lambda status: None))
    if longest_s := whole(fields, "max_length", range(14_401), 0):
        switch.after(leg, longest_s, lambda: switch.stop_tape(leg))


def record_stop(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Finish the recording."""
    switch.stop_tape(leg)


def record_pause(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Leave out what is said from now on."""
    if leg.tape is not None:
        leg.tape.paused = True


def record_resume(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Go on recording."""
    if leg.tape is not None:
        leg.tape.paused = False


def client_state_update(switch: Switch, leg: Leg, fields: Fields) -> None:
    """Give the leg another state, which came with the command."""


VERBS: dict[str, Callable[[Switch, Leg, Fields], None]] = {
    "answer": answer,
    "reject": reject,
    "hangup": hangup,
    "transfer": transfer,
    "bridge": bridge,
    "speak": speak,
    "playback_start": playback_start,
    "playback_stop": playback_stop,
    "gather": gather,
    "gather_using_speak": gather_using_speak,
    "gather_using_audio": gather_using_audio,
    "gather_stop": gather_stop,
    "send_dtmf": send_dtmf,
    "record_start": record_start,
    "record_stop": record_stop,
    "record_pause": record_pause,
    "record_resume": record_resume,
    "client_state_update": client_state_update,
}
NEED_NOTHING = frozenset(
    ("answer", "reject", "hangup", "client_state_update", "transfer", "bridge")
)


def command(switch: Switch, leg: Leg, verb: str, fields: Fields) -> None:
    """Carry out one command. Raises Refused."""
    do = VERBS.get(verb)
    if do is None:
        raise Refused(f"This switch has no {verb}"[:100])
    if verb not in NEED_NOTHING:
        _demand_up(leg)
    do(switch, leg, fields)
    if isinstance(state := fields.get("client_state"), str) and len(state) <= 4096:
        leg.client_state = state
    if isinstance(url := fields.get("webhook_url"), str) and url.startswith(
        ("http://", "https://")
    ):
        leg.hook_url = url


def _rung(switch: Switch, fields: Fields, owner: Leg | None, state: str) -> Leg:
    to = text(fields, "to", 256)
    caller = text(fields, "from", 256, owner.called if owner is not None else "")
    hook_url = text(fields, "webhook_url", 2048, owner.hook_url if owner else switch.settings.hooks)
    return Leg(
        session=owner.session if owner is not None else str(uuid4()),
        incoming=False,
        caller=caller,
        called=to,
        began_ms=switch.clock.now_ms(),
        hook_url=hook_url,
        client_state=state or None,
        owner=owner,
        commanded=True,
    )


def _ring(
    switch: Switch, leg: Leg, fields: Fields, caller: str, then: Callable[[], object]
) -> None:
    ring_s = max(whole(fields, "timeout_secs", RING_S, 30), switch.settings.ring_s_min)
    longest_s = whole(fields, "time_limit_secs", LIMIT_S, LIMIT_S[-1])

    def here() -> None:
        if fields.get("answering_machine_detection", "disabled") != "disabled":
            switch.emit(leg, "call.machine.detection.ended", result="not_sure")
        then()

    switch.ring(leg, leg.caller or caller, ring_s, longest_s, here)


async def _press(leg: Leg, keys: str) -> None:
    assert leg.line is not None
    try:
        await leg.line.press(keys)
    except Gone:
        return


def _demand_up(leg: Leg) -> None:
    if not leg.talks:
        raise Refused("Call not answered yet", NOT_UP)
