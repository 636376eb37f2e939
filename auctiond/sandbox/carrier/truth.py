"""What happened in a call, from the phone company's view, for tests to compare with. Pure."""

from __future__ import annotations

from typing import Any

from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.phone_call import PhoneCall
from auctiond.sandbox.carrier.tape import Tape


def truth(call: PhoneCall) -> dict[str, Any]:
    """Return what happened."""
    return {
        "call_session_id": call.session,
        "state": call.state,
        "to": call.a.called,
        "outgoing": call.order.outgoing,
        "arrived_ms": call.a.initiated_ms,
        "answered_ms": call.a.answered_ms,
        "ended_ms": call.a.ended_ms,
        "cause": call.a.cause,
        "source": call.a.source,
        "talk_ms": sum(leg.talk_ms for leg in call.dialled),
        "keys": "".join(call.a.keys),
        "taping": call.a.taping,
        "tapes": [_tape(tape) for tape in call.a.tapes],
        "legs": [_leg(leg) for leg in call.dialled],
    }


def _tape(tape: Tape) -> dict[str, Any]:
    return {"began_ms": tape.began_ms, "ended_ms": tape.ended_ms, "length_ms": tape.length_ms}


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "ref": leg.ref,
        "destination": leg.called,
        "caller_id": leg.caller,
        "initiated_ms": leg.initiated_ms,
        "answered_ms": leg.answered_ms,
        "bridged_ms": leg.bridged_ms,
        "ended_ms": leg.ended_ms,
        "cause": leg.cause,
        "source": leg.source,
        "talk_ms": leg.talk_ms,
    }
