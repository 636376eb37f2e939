"""One leg of a phone call: who, when, what it hears and what is typed on it. No I/O of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from edge.media.sip import Line
from edge.media.sound import FRAME, Tape

CONNECTION_ID = "edge"
REPLIES_MAX = 500  # Commands of one leg that may be repeated. A call gives a few dozen.
Reply = tuple[int, dict[str, Any]]


class Clock:
    """Unix milliseconds that never go back."""

    def __init__(self) -> None:
        self._base_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        """Return the time now."""
        return (self._base_ns + time.monotonic_ns()) // 1_000_000


@dataclass(slots=True)
class Hearing:
    """A sound that a leg hears. `told` is called once: "completed", "cancelled", "call_hangup"."""

    sound: bytes
    told: Callable[[str], object]
    endless: bool = False
    at: int = 0

    def frame(self) -> bytes:
        """Return the next 20 ms; b"" when it is over."""
        found = self.sound[self.at : self.at + FRAME]
        self.at += FRAME
        if self.endless and self.at >= len(self.sound):
            self.at = 0
        return found

    @property
    def is_over(self) -> bool:
        """Whether all of it has been heard."""
        return not self.endless and self.at >= len(self.sound)


@dataclass(slots=True)
class Asking:
    """Keys that are waited for. `told` is called once, with the keys and how it ended."""

    least: int
    most: int
    valid: str
    stop: str
    first_s: float
    next_s: float
    told: Callable[[str, str], object]
    keys: str = ""
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False)
class Leg:
    session: str
    incoming: bool
    caller: str = field(repr=False)
    called: str = field(repr=False)
    began_ms: int
    hook_url: str
    line: Line | None = field(default=None, repr=False)
    ref: str = field(default_factory=lambda: "v3:" + uuid4().hex)
    leg_id: str = field(default_factory=lambda: str(uuid4()))
    client_state: str | None = None
    park: bool = False  # It stays when the one it talks to goes.
    owner: Leg | None = field(default=None, repr=False)  # For whom it was rung: it goes with it.
    peer: Leg | None = field(default=None, repr=False)  # Who it talks to.
    up_ms: int | None = None
    joined_ms: int | None = None  # First.
    ended_ms: int | None = None
    cause: str = ""
    source: str = ""
    sip: str = "unspecified"
    ending: tuple[str, str] | None = None  # Cause and source, where we end it.
    hearing: Hearing | None = field(default=None, repr=False)
    asking: Asking | None = field(default=None, repr=False)
    tape: Tape | None = field(default=None, repr=False)
    timers: list[asyncio.TimerHandle] = field(default_factory=list, repr=False)
    replies: dict[str, Reply] = field(default_factory=dict, repr=False)
    commanded: bool = False
    lost: bool = False  # To the server, which said nothing of it: it knows it no more.

    @property
    def alive(self) -> bool:
        return self.ended_ms is None

    @property
    def talks(self) -> bool:
        """Whether it is up, and not on its way out."""
        return self.alive and self.up_ms is not None and self.ending is None

    def hear(self, hearing: Hearing | None, status: str = "cancelled") -> None:
        """Let the leg hear something else; what it heard is told `status`."""
        was, self.hearing = self.hearing, hearing
        if was is not None:
            was.told(status)

    def stop_asking(self, status: str) -> None:
        """End a question that is open."""
        asking, self.asking = self.asking, None
        if asking is None:
            return
        if asking.timer is not None:
            asking.timer.cancel()
        asking.told(asking.keys, status)


def event(leg: Leg, name: str, at_ms: int, more: dict[str, Any]) -> dict[str, Any]:
    """Return news of `leg` as Telnyx writes it."""
    payload = {
        "call_control_id": leg.ref,
        "connection_id": CONNECTION_ID,
        "call_leg_id": leg.leg_id,
        "call_session_id": leg.session,
        "client_state": leg.client_state,
        **more,
    }
    if not name.startswith(("call.speak.", "call.playback.", "call.recording.")):
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
        "is_alive": leg.alive and not leg.lost,
        "start_time": iso(leg.began_ms),
    }
    if leg.ended_ms is not None:
        told["end_time"] = iso(leg.ended_ms)
        told["call_duration"] = (leg.ended_ms - (leg.up_ms or leg.ended_ms)) // 1000
    return told


def record(leg: Leg) -> dict[str, Any]:
    """Return the leg's line in a call record. Nobody's number: a record may be kept for long."""
    ended = leg.ended_ms or leg.began_ms
    return {
        "call_control_id": leg.ref,
        "call_leg_id": leg.leg_id,
        "sip_call_id": leg.line.call_id if leg.line is not None else "",
        "direction": "incoming" if leg.incoming else "outgoing",
        "started_ms": leg.began_ms,
        "answered_ms": leg.up_ms,
        "bridged_ms": leg.joined_ms,
        "ended_ms": leg.ended_ms,
        "talk_ms": ended - leg.joined_ms if leg.joined_ms is not None else 0,
        "hangup_cause": leg.cause,
        "hangup_source": leg.source,
        "sip_hangup_cause": leg.sip,
    }


def iso(at_ms: int) -> str:
    """Return Unix milliseconds as webhooks write them."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z")
