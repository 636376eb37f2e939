"""One phone call in the carrier: its legs, and the people on them.

State changes in plain functions, at once; tasks only wait, and then call such a function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any
from uuid import uuid4

import trio

from auctiond.sandbox.carrier.clock import Clock
from auctiond.sandbox.carrier.detection import detect
from auctiond.sandbox.carrier.introduction import introduction
from auctiond.sandbox.carrier.leg import Audio, Leg, event
from auctiond.sandbox.carrier.options import CarrierOptions
from auctiond.sandbox.carrier.phones import Order, Phone, talk_by_law
from auctiond.sandbox.carrier.recording import finish
from auctiond.sandbox.carrier.tape import Tape

CALL_MAX_S = 15_000.0  # A little over the carrier's longest call, four hours.
NETWORK_S = (0.005, 0.04)  # What an answer and a join take on their way. Here calls race.
RING_S, LIMIT_S = 30, 14_400  # Where a transfer does not say.
LEGS_MAX = 20  # Of one call. Nobody waits for more.


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a call needs from the carrier."""

    options: CarrierOptions
    hook_url: str
    clock: Clock
    tell: Callable[[str, dict[str, Any]], None]  # A hook's URL, and an event.
    phone_of: Callable[[str, Random], Phone]
    added: Callable[[PhoneCall, Leg], None]  # Told of each leg, so that commands find it.
    taped: Callable[[Tape], str]  # Told of each recording; says where it can be fetched.
    fallback_url: str = ""  # Asked for a document where an address of the call's fails.
    new_ref: Callable[[], str] | None = None  # A leg's handle, and a call's, in a dialect.
    heard: Callable[[PhoneCall, Leg, str, int, Mapping[str, Any]], None] | None = None  # As `tell`.


class PhoneCall:
    def __init__(
        self, order: Order, rng: Random, around: Surroundings, fields: Mapping[str, Any]
    ) -> None:
        """`fields` are those of the command, where the carrier rings somebody for us."""
        self.session = around.new_ref() if around.new_ref is not None else str(uuid4())
        self.order = order
        self.rng = rng
        self.around = around
        self.scope = trio.CancelScope()
        self.commanded = trio.Event()
        now_ms = around.clock.now_ms()
        hook_url = str(fields.get("webhook_url") or around.hook_url)
        direction = "outgoing" if order.outgoing else "incoming"
        self.a = Leg(self.session, direction, order.caller, order.dialled, now_ms, hook_url)
        if around.new_ref is not None:
            self.a.ref = self.session  # There, a call goes by the name of its first leg.
        self.a.client_state = str(fields.get("client_state", "")) or None
        self.a.tag = fields.get("tag") or {}
        self._fields = fields
        self._theirs = "callee" if order.outgoing else "caller"  # Whose doing it is, on leg a.
        self.dialled: list[Leg] = []
        self.asked = 0  # Questions so far.
        self._over = trio.Event()
        self._joined = trio.Event()
        around.added(self, self.a)

    async def run(self) -> None:
        """Live until all legs have ended."""
        if self.scope.cancel_called:  # Forgotten before it began.
            return
        with self.scope:
            async with trio.open_nursery() as tasks:
                self._tasks = tasks
                self.emit(self.a, "call.initiated", **introduction(self.order))
                if self.order.outgoing:
                    tasks.start_soon(self._ring_first)
                else:
                    tasks.start_soon(self._lose_patience, self.a.initiated_ms)
                    tasks.start_soon(self._miss_commands)
                tasks.start_soon(self._leave_at)
                with trio.move_on_after(CALL_MAX_S):
                    await self._over.wait()
                self.end(self.a, "time_limit", "unknown")
                tasks.cancel_scope.cancel()

    def emit(self, leg: Leg, name: str, at_ms: int | None = None, **more: object) -> None:
        """Send news of `leg` off."""
        at_ms = self.around.clock.now_ms() if at_ms is None else at_ms
        if self.around.heard is not None:
            self.around.heard(self, leg, name, at_ms, more)
        else:
            self.around.tell(leg.hook_url, event(leg, name, at_ms, more))

    def start(self, work: Callable[..., Any], *args: object) -> None:
        """Start a task that ends with the call."""
        self._tasks.start_soon(work, *args)

    @property
    def state(self) -> str:
        if not self.a.alive:
            return "ended"
        if self._joined.is_set():
            return "bridged"
        return "ringing" if self.a.answered_ms is None else "answered"

    def caller_leaves(self, at_ms: int | None = None) -> None:
        """The caller hangs up."""
        ringing = self.a.answered_ms is None
        cause = "originator_cancel" if ringing else "normal_clearing"
        if self.order.outgoing and ringing:
            cause = "call_rejected"
        self.end(self.a, cause, self._theirs, at_ms)

    def end(
        self, leg: Leg, cause: str, source: str, at_ms: int | None = None, sip: str = "unspecified"
    ) -> None:
        """End `leg`, and what cannot be without it. Nothing, if it had ended."""
        if not leg.alive:
            return
        at_ms = self.around.clock.now_ms() if at_ms is None else at_ms
        self.stop_audio(leg, "call_hangup")
        leg.ended_ms, leg.cause, leg.source = at_ms, cause, source
        if leg.bridged_ms is not None and leg is not self.a:
            leg.talk_ms = max(0, at_ms - leg.bridged_ms)
        self.emit(
            leg,
            "call.hangup",
            at_ms,
            state="hangup",
            hangup_cause=cause,
            hangup_source=source,
            sip_hangup_cause=sip,
        )
        finish(self, leg, at_ms)
        if leg is self.a:
            self._end_dialled(at_ms)
        elif leg.bridged_ms is not None:
            self._part(at_ms)
        if not self.a.alive and not any(other.alive for other in self.dialled):
            self._over.set()

    def stop_audio(self, leg: Leg, status: str) -> None:
        """End what `leg` hears, and say so with `status`."""
        audio, leg.audio = leg.audio, None
        if audio is None:
            return
        audio.scope.cancel()
        match audio.kind, status:
            case "gather", _:
                self.emit(leg, "call.gather.ended", digits="", status=status)
            case "playback", _:
                self.emit(leg, "call.playback.ended", status=status)
            case "speak", "call_hangup":
                self.emit(leg, "call.speak.ended", status="call_hangup")
            case _:
                self.emit(leg, "call.speak.ended", status="completed")

    def play(self, leg: Leg, audio: Audio) -> None:
        """Let `leg` hear `audio` and nothing else."""
        self.stop_audio(leg, "cancelled")
        leg.audio = audio

    def transfer(self, to: str, fields: Mapping[str, Any]) -> None:
        """Ring `to`, and join it with the caller when it answers."""
        a = self.a
        hook_url = str(fields.get("webhook_url") or a.hook_url)
        now_ms = self.around.clock.now_ms()
        b = Leg(a.session, "outgoing", str(fields.get("from") or a.called), to, now_ms, hook_url)
        b.tag = fields.get("tag") or {}
        if self.around.new_ref is not None:
            b.ref = self.around.new_ref()
        told = fields.get("target_leg_client_state", fields.get("client_state", ""))
        b.client_state = str(told) or None
        a.park = fields.get("park_after_unbridge") == "self"
        self.dialled.append(b)
        self.around.added(self, b)
        self.emit(b, "call.initiated", direction="outgoing", state="bridging")
        phone = b.phone = self.around.phone_of(to, self.rng)
        b.amd = str(fields.get("answering_machine_detection", ""))
        limit_s = float(fields.get("time_limit_secs", LIMIT_S))
        self.start(self._ring, b, phone, float(fields.get("timeout_secs", RING_S)), limit_s)

    async def network(self) -> None:
        """Wait as long as a signal is under way."""
        await trio.sleep(self.rng.uniform(*NETWORK_S))

    async def _ring_first(self) -> None:
        """Ring who is called first; nobody is joined with them yet."""
        phone = self.around.phone_of(self.order.dialled, self.rng)
        await self._let_ring(self.a, phone, float(self._fields.get("timeout_secs", RING_S)))
        if self.a.answered_ms is not None:
            await self._lose_patience(self.a.answered_ms)

    async def _ring(self, b: Leg, phone: Phone, timeout_s: float, limit_s: float) -> None:
        await self._let_ring(b, phone, timeout_s)
        if b.answered_ms is None or (b.screen is not None and not await b.screen()):
            return
        await self.network()
        self._join(b, phone, limit_s)

    async def _let_ring(self, b: Leg, phone: Phone, timeout_s: float) -> None:
        waits_s = inf if phone.behaviour == "no_answer" else phone.answer_after_s
        await trio.sleep(min(waits_s, timeout_s))
        if waits_s >= timeout_s:
            self.end(b, "timeout", "unknown", sip="487")
        elif phone.behaviour == "busy":
            self.end(b, "user_busy", "callee", sip="486")
        elif phone.behaviour == "declines":
            self.end(b, "call_rejected", "callee", sip="603")
        elif b.alive:
            b.answered_ms = self.around.clock.now_ms()
            self.emit(b, "call.answered", b.answered_ms, state="answered")
            detect(self, b)

    def _join(self, b: Leg, phone: Phone, limit_s: float) -> None:
        if not (self.a.alive and b.alive):  # One hung up while the other's answer came.
            return
        if self._joined.is_set():  # Somebody else was quicker.
            self.end(b, "normal_clearing", "caller")
            return
        assert b.answered_ms is not None
        self.stop_audio(self.a, "cancelled")
        self._joined.set()
        self.a.bridged_ms = b.bridged_ms = joined_ms = self.around.clock.now_ms()
        for leg in (b, self.a):
            self.emit(leg, "call.bridged", joined_ms)
        person, script, whose = self.a, self.order.script, self._theirs
        if phone.script is not None:  # Called back for a buyer who was there first.
            person, script, whose = b, phone.script, "callee"
        talk_s = talk_by_law(self.rng) if script.talk_s is None else script.talk_s
        self.start(self._end_after, b, person, joined_ms, talk_s, "normal_clearing", whose)
        self.start(self._end_after, b, b, b.answered_ms, limit_s, "time_limit", "unknown")
        if phone.hang_up_after_s is not None:
            talks_s = phone.hang_up_after_s
            self.start(self._end_after, b, b, joined_ms, talks_s, "normal_clearing", "callee")

    async def _end_after(
        self, talk: Leg, ends: Leg, since_ms: int, after_s: float, cause: str, source: str
    ) -> None:
        """End `ends` at the exact time, if the talk with `talk` goes on until then."""
        at_ms = await self.around.clock.sleep_until_ms(since_ms + round(after_s * 1000))
        if talk.alive:
            self.end(ends, cause, source, at_ms)

    def _part(self, at_ms: int) -> None:
        """The one that the caller talked to is gone."""
        self._joined = trio.Event()
        if not self.a.park:
            self.end(self.a, "normal_clearing", "callee", at_ms)
        elif self.a.alive:
            self.start(self._lose_patience, at_ms)

    def _end_dialled(self, at_ms: int) -> None:
        for leg in self.dialled:
            if leg.answered_ms is None:
                self.end(leg, "originator_cancel", "caller", at_ms, "487")
            else:
                self.end(leg, "normal_clearing", "caller", at_ms)

    async def _leave_at(self) -> None:
        after_s = self.order.script.hang_up_after_s
        if after_s is not None:
            at_ms = self.a.initiated_ms + round(after_s * 1000)
            self.caller_leaves(await self.around.clock.sleep_until_ms(at_ms))

    async def _lose_patience(self, since_ms: int) -> None:
        joined = self._joined
        with trio.move_on_after(self.order.script.patience_s):
            await joined.wait()
            return
        self.caller_leaves(since_ms + round(self.order.script.patience_s * 1000))

    async def _miss_commands(self) -> None:
        with trio.move_on_after(self.around.options.first_command_s):
            await self.commanded.wait()
            return
        self.end(self.a, "timeout", "unknown")
