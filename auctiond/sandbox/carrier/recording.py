"""The commands that record, and the news that a recording can be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auctiond.sandbox.carrier.clock import iso
from auctiond.sandbox.carrier.leg import Leg, event
from auctiond.sandbox.carrier.refusals import Fields, Refused, demand_answered, whole, wrong
from auctiond.sandbox.carrier.tape import Tape

if TYPE_CHECKING:
    from auctiond.sandbox.carrier.phone_call import PhoneCall

SAVED = "call.recording.saved"
NOT_RECORDED = Refused("90044", "The call is not being recorded")


def record_start(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Record from now on."""
    demand_answered(leg)
    channels = fields.get("channels")
    if channels not in ("single", "dual") or fields.get("format") not in ("wav", "mp3"):
        raise wrong("channels is single or dual, format is wav or mp3")
    longest_s = whole(fields, "max_length", range(14_401))
    if leg.tape is not None:
        raise Refused("90045", "The call is being recorded already")
    told_at = str(fields.get("told_at", ""))
    tape = leg.tape = Tape(channels, call.around.clock.now_ms(), told_at=told_at)
    tape.url = call.around.taped(tape)
    leg.tapes.append(tape)

    async def run_out() -> None:
        await call.around.clock.sleep_until_ms(tape.began_ms + (longest_s or 0) * 1000)
        if leg.tape is tape:
            finish(call, leg)

    if longest_s:
        call.start(run_out)


def record_stop(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Record no more."""
    _tape(leg)
    finish(call, leg)


def record_pause(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Leave out what follows."""
    _tape(leg).pause(call.around.clock.now_ms())


def record_resume(call: PhoneCall, leg: Leg, fields: Fields) -> None:
    """Take up again."""
    _tape(leg).resume(call.around.clock.now_ms())


def finish(call: PhoneCall, leg: Leg, at_ms: int | None = None) -> None:
    """End what is recorded of `leg`, if anything is, and tell where the file is."""
    tape, leg.tape = leg.tape, None
    if tape is None:
        return
    tape.end(call.around.clock.now_ms() if at_ms is None else at_ms)
    if call.around.heard is not None:
        call.around.heard(call, leg, SAVED, tape.ended_ms, {"tape": tape})
        return
    saved = event(
        leg,
        SAVED,
        tape.ended_ms,
        {
            "channels": tape.channels,
            "recording_started_at": iso(tape.began_ms),
            "recording_ended_at": iso(tape.ended_ms),
            "recording_urls": {"wav": tape.url, "mp3": None},
            "public_recording_urls": {},
        },
    )
    del saved["payload"]["call_control_id"]  # As the real carrier.
    call.around.tell(leg.hook_url, saved)


def _tape(leg: Leg) -> Tape:
    if leg.tape is None:
        raise NOT_RECORDED
    return leg.tape
