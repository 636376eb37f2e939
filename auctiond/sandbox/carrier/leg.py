"""One leg of a phone call as the carrier knows it: ids, times, how it ended. Data only."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import trio

from auctiond.sandbox.carrier.clock import iso
from auctiond.sandbox.carrier.options import CONNECTION_ID
from auctiond.sandbox.carrier.phones import Phone
from auctiond.sandbox.carrier.tape import Tape

TAPES_MAX = 100  # Recordings of a leg that are remembered.
NAMELESS = ("call.speak.", "call.playback.", "call.recording.")


@dataclass(slots=True)
class Audio:
    """What a leg hears: a prompt, a question or music. One at a time."""

    kind: str  # speak, gather or playback
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)


@dataclass(slots=True, eq=False)
class Leg:
    session: str
    direction: str  # incoming: the caller's. outgoing: one that we dialled.
    caller: str = field(repr=False)
    called: str = field(repr=False)
    initiated_ms: int
    hook_url: str
    ref: str = field(default_factory=lambda: "v3:" + uuid4().hex)
    leg_id: str = field(default_factory=lambda: str(uuid4()))
    client_state: str | None = None
    park: bool = False  # The leg stays when the one it talks to goes.
    answered_ms: int | None = None
    bridged_ms: int | None = None
    ended_ms: int | None = None
    talk_ms: int = 0
    cause: str = ""
    source: str = ""
    audio: Audio | None = None
    tag: Mapping[str, Any] = field(default_factory=dict)  # Said with each of its webhooks.
    screen: Callable[[], Awaitable[bool]] | None = None  # Before a join: whether they take it.
    phone: Phone | None = None  # Who is rung.
    amd: str = ""  # Whether a machine is told apart; where to say so, if that is an address.
    may_join: trio.Event | None = None  # Of a leg that rings until a command joins it.
    tape: Tape | None = None  # What is being recorded.
    tapes: deque[Tape] = field(default_factory=partial(deque, maxlen=TAPES_MAX))  # And what was.
    keys: list[str] = field(default_factory=list)  # Pressed on it by our command.
    taping: list[str] = field(default_factory=list)  # What was commanded of a recording elsewhere.
    replies: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        return self.ended_ms is None


def event(leg: Leg, name: str, at_ms: int, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event `name` of `leg` as the carrier writes it; the envelope's `data`."""
    payload = {
        "call_control_id": leg.ref,
        "connection_id": CONNECTION_ID,
        "call_leg_id": leg.leg_id,
        "call_session_id": leg.session,
        "client_state": leg.client_state,
        **more,
    }
    if not name.startswith(NAMELESS):  # These, alone, tell no numbers.
        payload |= {"from": leg.caller, "to": leg.called}
    return {
        "record_type": "event",
        "event_type": name,
        "id": str(uuid4()),
        "occurred_at": iso(at_ms),
        "payload": payload,
    }


def status(leg: Leg) -> dict[str, Any]:
    """Return what GET /v2/calls/REF says."""
    told: dict[str, Any] = {
        "record_type": "call",
        "call_control_id": leg.ref,
        "call_leg_id": leg.leg_id,
        "call_session_id": leg.session,
        "client_state": leg.client_state,
        "is_alive": leg.alive,
        "start_time": iso(leg.initiated_ms),
    }
    if leg.ended_ms is not None:
        told["end_time"] = iso(leg.ended_ms)
        told["call_duration"] = (leg.ended_ms - (leg.answered_ms or leg.ended_ms)) // 1000
    return told
