"""The switch: legs come, are rung, joined and ended, and everybody is told. It decides nothing.

All of it runs in one event loop, in plain functions; tasks only wait, and then call one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from edge.media.causes import cause_of, name_of, number_of
from edge.media.hooks import Hooks
from edge.media.leg import Clock, Leg, event, iso, record
from edge.media.overflow import overflow
from edge.media.prompts import Prompts
from edge.media.recordings import Recordings
from edge.media.settings import Settings
from edge.media.sip import Gone, Incoming, NoRoute, Stack

KEPT_S = 600.0  # An ended leg can be asked after for so long, as with Telnyx.
CLOSE_S = 5.0  # A call that we end is over by then, whatever the other side says.
CLOSE_POLL_S = 0.02
STOP_S = 3.0  # For the ends of calls to reach the server when we stop.

log = logging.getLogger("edge")
Work = Coroutine[Any, Any, None]


class Switch:
    def __init__(
        self, settings: Settings, stack: Stack, prompts: Prompts, recordings: Recordings
    ) -> None:
        self.settings = settings
        self.prompts = prompts
        self.recordings = recordings
        self.clock = Clock()
        self.hooks: Hooks  # This and the next are set by who opens the switch: they need it.
        self.on_key: Callable[[Leg, str], object]
        self.legs: dict[str, Leg] = {}  # By ref: the living, and those that ended lately.
        self.live: dict[str, Leg] = {}
        self._sessions: dict[str, list[Leg]] = {}
        self._stack = stack
        self._tasks: set[asyncio.Task[None]] = set()
        stack.on_incoming = self._came_in

    def start(self, work: Work) -> None:
        """Run `work` beside everything else; a bug in it ends it alone, and is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def emit(self, leg: Leg, name: str, at_ms: int | None = None, **more: object) -> None:
        """Send news of `leg` off."""
        if leg.lost:  # The server missed its chance: it must not begin now.
            return
        at_ms = self.clock.now_ms() if at_ms is None else at_ms
        self.hooks.tell(leg.session, leg.hook_url, event(leg, name, at_ms, more))

    def add(self, leg: Leg) -> None:
        """Take a leg in."""
        self.legs[leg.ref] = self.live[leg.ref] = leg
        self._sessions.setdefault(leg.session, []).append(leg)

    def after(self, leg: Leg, seconds: float, do: Callable[[], object]) -> None:
        """Do something later, unless the leg has ended."""
        leg.timers.append(asyncio.get_running_loop().call_later(seconds, do))

    def ring(
        self, leg: Leg, caller_id: str, ring_s: float, longest_s: float, then: Callable[[], object]
    ) -> None:
        """Ring who `leg` is for; when it is answered, do `then`."""
        self.add(leg)
        self.emit(leg, "call.initiated", direction="outgoing", state="bridging")
        self.after(leg, ring_s, lambda: self._rang_out(leg))
        self.start(self._dial(leg, caller_id, longest_s, then))

    def join(self, one: Leg, other: Leg) -> None:
        """Let `one` and `other`, who was rung for it, hear each other; if either still can."""
        if not (one.talks and other.talks):
            self.end(other, "normal_clearing", "caller")
            return
        now_ms = self.clock.now_ms()
        for leg, peer in ((one, other), (other, one)):
            leg.hear(None)
            leg.stop_asking("cancelled")
            leg.peer = peer
            leg.joined_ms = leg.joined_ms or now_ms
        for leg in (other, one):
            self.emit(leg, "call.bridged", now_ms)

    def end(self, leg: Leg, cause: str, source: str) -> None:
        """End a leg. Its end is told when the phone's side is over too."""
        if not leg.alive or leg.ending is not None:
            return
        leg.ending = (cause, source)
        if leg.line is not None:  # Else it is just being dialled, and hung up then.
            self.start(self._hang_up(leg))

    def answered(self, leg: Leg, then: Callable[[], object]) -> None:
        """A phone was picked up."""
        if not leg.alive or leg.up_ms is not None:
            return
        leg.up_ms = self.clock.now_ms()
        self.emit(leg, "call.answered", leg.up_ms, state="answered")
        if leg.talks:
            then()

    async def close(self) -> None:
        """Hang up what lives, tell the server so, and stop."""
        for leg in list(self.live.values()):
            self.end(leg, "normal_clearing", "unknown")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                while self.live or self.hooks.pending:  # noqa: ASYNC110  Two ends, far apart.
                    await asyncio.sleep(CLOSE_POLL_S)
        for task in list(self._tasks):
            task.cancel()

    def _came_in(self, incoming: Incoming) -> None:
        leg = Leg(
            session=str(uuid4()),
            incoming=True,
            caller=number_of(incoming.caller),
            called=number_of(incoming.dialled),
            began_ms=self.clock.now_ms(),
            hook_url=self.settings.hooks,
            line=incoming.line,
        )
        self.add(leg)
        told: dict[str, Any] = {"direction": "incoming", "state": "parked"}
        level = incoming.headers.get(self.settings.attestation_header.lower(), "")
        if level:
            told |= {"shaken_stir_attestation": level, "shaken_stir_validated": True}
        if name := name_of(incoming.caller):
            told["caller_id_name"] = name
        named = {name: incoming.headers.get(name.lower()) for name in self.settings.headers}
        headers = [{"name": name, "value": value} for name, value in named.items() if value]
        self.emit(leg, "call.initiated", **told, custom_headers=headers)
        self.after(leg, self.settings.first_command_s, lambda: overflow(self, leg))
        self.wire(leg, lambda: None)

    def wire(self, leg: Leg, then: Callable[[], object]) -> None:
        """Hear what the SIP side of a leg tells."""
        assert leg.line is not None
        leg.line.on_up = lambda: self.answered(leg, then)
        leg.line.on_end = lambda text: self._ended(leg, text)
        leg.line.on_key = lambda key: self.on_key(leg, key) if leg.alive else None
        leg.line.listen()

    async def _dial(
        self, leg: Leg, caller_id: str, longest_s: float, then: Callable[[], object]
    ) -> None:
        if leg.ending is not None:  # Before it began.
            self._ended(leg, "487 Cancelled")
            return
        uri = self.settings.uri_of(leg.called)
        try:
            if not uri:
                raise NoRoute
            leg.line = await self._stack.dial(uri, caller_id)
        except NoRoute:
            self._ended(leg, "404 No route" if not uri else "503 Not sent")
            return

        def up() -> None:
            self.after(leg, longest_s, lambda: self.end(leg, "time_limit", "unknown"))
            then()

        self.wire(leg, up)
        if leg.ending is not None:
            await self._hang_up(leg)

    async def _hang_up(self, leg: Leg) -> None:
        assert leg.line is not None
        self.after(leg, CLOSE_S, lambda: self._ended(leg, "gone"))
        try:
            await leg.line.hang_up()
        except Gone:
            self._ended(leg, "gone")

    def _rang_out(self, leg: Leg) -> None:
        if leg.up_ms is None:
            self.end(leg, "timeout", "unknown")

    def _ended(self, leg: Leg, text: str) -> None:
        """A leg is over: tell so, and end what cannot be without it."""
        if not leg.alive:
            return
        leg.ended_ms = self.clock.now_ms()
        del self.live[leg.ref]
        for timer in leg.timers:
            timer.cancel()
        leg.cause, leg.sip = cause_of(text, incoming=leg.incoming, was_up=leg.up_ms is not None)
        leg.source = "caller" if leg.incoming else "callee"
        if leg.ending is not None:
            leg.cause, leg.source = leg.ending
        leg.stop_asking("call_hangup")
        leg.hear(None, "call_hangup")
        self.stop_tape(leg)
        ended: dict[str, Any] = {"hangup_cause": leg.cause, "hangup_source": leg.source}
        self.emit(
            leg, "call.hangup", leg.ended_ms, state="hangup", sip_hangup_cause=leg.sip, **ended
        )
        self._part(leg)
        for other in list(self.live.values()):
            if other.owner is leg:
                cause = "normal_clearing" if other.up_ms is not None else "originator_cancel"
                self.end(other, cause, "caller")
        if not any(other.alive for other in self._sessions[leg.session]):
            self._close(leg)
        asyncio.get_running_loop().call_later(KEPT_S, self.legs.pop, leg.ref, None)

    def _part(self, leg: Leg) -> None:
        """The one it talked to stays, where the server wants that, else it goes too."""
        other, leg.peer = leg.peer, None
        if other is None:
            return
        other.peer = None
        if not other.park:
            self.end(other, "normal_clearing", "callee" if other.incoming else "caller")

    def stop_tape(self, leg: Leg) -> None:
        """Finish the recording of a leg, if there is one, and say where it is."""
        tape, leg.tape = leg.tape, None
        if tape is None:
            return
        tape.close()
        now_ms = self.clock.now_ms()
        urls = {"wav": self.recordings.url_of(tape.path.name, now_ms)}
        self.emit(
            leg,
            "call.recording.saved",
            now_ms,
            recording_urls=urls,
            channels="dual" if tape.dual else "single",
            recording_started_at=iso(tape.began_ms),
            recording_ended_at=iso(now_ms),
        )

    def _close(self, leg: Leg) -> None:
        """The last leg of a phone call is over: write its record, and send it to the server."""
        legs = self._sessions.pop(leg.session)
        told: dict[str, Any] = {
            "call_session_id": leg.session,
            "legs": [record(one) for one in legs],
        }
        path: Path = self.settings.data_dir / "records.jsonl"
        try:
            with path.open("ab") as file:
                file.write(orjson.dumps(told) + b"\n")
        except OSError as error:
            log.error("record not written: %s", error.strerror)
        self.emit(legs[0], "call.record", **told)

    async def answer(self, leg: Leg) -> None:
        """Take a call."""
        assert leg.line is not None
        try:
            await leg.line.answer()
        except Gone:
            return  # Its end is told by itself.

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task failed", exc_info=task.exception())
