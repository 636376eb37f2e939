"""Who records live calls: tells the carrier to begin, pause and stop, as consent and law allow.

What should be is worked out from the call as it is, and then what is, is brought to that; so it
does not matter in which order things are heard, nor how often. A row is written before the carrier
is told to begin: no recording is without one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import trio

from actors.shelter import Shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Leads
from auctiond.carriers import Lines
from auctiond.logs import Log
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.recordings import Kind, Move, RecordingBook
from auctiond.recording.consent import Consents
from market import call_flow as f
from market.call import Call, State
from market.ids import id_for
from market.phone import (
    CarrierError,
    Command,
    LegGone,
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)

BEGIN_S = 3.0  # For the row and the command. A call is not kept waiting for its recording.
FIRST_LOOK_MS = 300_000  # Until a recording whose end nobody told is looked for.
NOTE = "recording"  # The note of a call's log.


@dataclass(slots=True)
class Tape:
    """What is wanted for a call, and what is."""

    lock: trio.Lock = field(default_factory=trio.Lock)
    flow: bool = False  # A node of its flow started a recording,
    held: bool = False  # or paused it,
    asking: bool = False  # or asks now for what nobody shall hear.
    row: UUID | None = None  # The recording that goes on.
    paused: bool | None = False  # None: nobody knows, after a restart.
    commands: int = 0  # That were given in this run.
    refused: str = ""  # The last reason that was noted.

    @property
    def is_silent(self) -> bool:
        """Whether nothing that is said now is recorded, for sure."""
        return self.row is None or self.paused is True


@dataclass(slots=True)
class CallRecorder:
    book: RecordingBook
    consents: Consents
    carriers: Lines
    leads: Leads
    call_log: CallLog
    shelter: Shelter
    log: Log
    now_ms: Callable[[], int]
    live: Callable[[UUID], Call | None]
    run: str = ""  # Tells this run of the server from the others.
    _tapes: dict[UUID, Tape] = field(default_factory=dict)

    def must_ask(self, call: Call) -> bool:
        """Tell whether a caller must be asked before a recording begins."""
        return self.consents.must_ask(call)

    async def act(self, call: Call, action: f.Recording) -> None:
        """Start, stop, pause or resume, as a node of the flow says."""
        tape = self._tape(call.id)
        match action:
            case "start":
                tape.flow, tape.held = True, False
            case "stop":
                tape.flow = False
            case "pause" | "resume":
                tape.held = action == "pause"
        await self._settle(call)

    async def ask(self, call: Call, *, sensitive: bool) -> bool:
        """Keep out of a recording what is asked now, or go on with it; False: it would be on it.

        A recording that cannot be paused is ended, and begins anew after the question.
        """
        tape = self._tapes.get(call.id)
        if tape is None:
            return True
        tape.asking = sensitive
        await self._settle(call)
        return not sensitive or tape.is_silent or await self._cut(call, tape)

    def takes_messages(self, call: Call) -> bool:
        """Tell whether messages of callers are taken: who leaves one agrees to that."""
        return self.consents.is_on(call)

    async def message_over(self, call: Call) -> None:
        """End a message that took its time: some carriers know no longest."""
        id_ = id_for(call.id, f"message_over:{call.spot.visit if call.spot else 0}")
        with trio.move_on_after(BEGIN_S), suppress(LegGone, CarrierError):
            await self._send(StopRecording(call.id, self._ref(call), id_))

    async def message(self, call: Call, longest_s: float) -> bool:
        """Take a message of the caller; False: it could not be done."""
        assert call.spot is not None
        if call.id in self._tapes:
            await self.act(call, "stop")  # What is said now is of another kind.
        id_ = id_for(call.id, f"message:{call.spot.node}:{call.spot.visit}")
        start = StartRecording(
            call.id, self._ref(call), id_, channels="single", longest_s=longest_s, beep=True
        )
        with trio.move_on_after(BEGIN_S):
            return await self._begun(call, id_, "message", start)
        return False

    def follow(self, call: Call) -> None:
        """See to it that a call is recorded as it should be where it is now. Never waits."""
        if call.id in self._tapes or self._is_wanted(call):
            self.shelter.start("record", partial(self._settle_now, call.id))

    async def resume(self) -> None:
        """Find out, after a restart, what was being recorded."""
        for row in await self.book.going():
            tape = self._tape(row.call_id)
            tape.row, tape.paused, tape.flow = row.id, None, row.leg == 0

    def forget(self, call_id: UUID) -> None:
        """The call is over, and with it whatever was recorded."""
        self._tapes.pop(call_id, None)

    async def _settle_now(self, call_id: UUID) -> None:
        call = self.live(call_id)
        if call is not None and call.state is not State.ENDED:
            await self._settle(call)

    async def _settle(self, call: Call) -> None:
        """Bring what is to what should be."""
        tape = self._tape(call.id)
        with trio.move_on_after(BEGIN_S):
            async with tape.lock:
                await self._bring(self.live(call.id) or call, tape)

    async def _bring(self, call: Call, tape: Tape) -> None:
        wanted = tape.flow or self._is_wanted(call)
        why = self._why_not(call) if wanted else ""
        if why and why != tape.refused:
            self._note(call, "refused", why=why)
        tape.refused = why
        if tape.row is None:
            if wanted and not why and not tape.asking and not tape.held:
                await self._begin(call, tape)
            return
        if not wanted:
            if not _may_go_on(await self._give(call, tape, StopRecording)):
                self._note(call, "stopped", tape.row)
                tape.row = None
            return
        paused = bool(why) or tape.held or tape.asking
        if paused != tape.paused:
            tape.paused = None  # Until the carrier has done it: else it is told again.
            if not await self._give(call, tape, PauseRecording if paused else ResumeRecording):
                self._note(call, "paused" if paused else "resumed", tape.row)
                tape.paused = paused

    async def _cut(self, call: Call, tape: Tape) -> bool:
        """End a recording that could not be paused; False: nobody knows whether it goes on."""
        with trio.move_on_after(BEGIN_S):
            async with tape.lock:
                if not tape.is_silent and not await self._give(call, tape, StopRecording):
                    self._note(call, "stopped", tape.row, why="not_paused")
                    tape.row = None
        return tape.is_silent

    async def _begin(self, call: Call, tape: Tape) -> None:
        leg = call.leg if call.state is State.BRIDGED else 0
        visit = call.spot.visit if tape.flow and call.spot is not None else 0
        id_ = id_for(call.id, f"recording:{leg}:{visit}")
        start = StartRecording(call.id, self._ref(call), id_, channels="dual")
        tape.row, tape.paused = id_, None  # Cut off here, it may have begun, and is ended.
        if await self._begun(call, id_, "talk", start):
            tape.paused = False
        else:
            tape.row = None

    async def _begun(self, call: Call, id_: UUID, kind: Kind, start: StartRecording) -> bool:
        """Write the row, and then tell the carrier to begin; False: nothing is recorded."""
        now_ms = self.now_ms()
        leg = call.leg if call.state is State.BRIDGED else 0
        try:
            if not start.ref or not await self.book.begin(
                id_, call.id, kind, leg, now_ms, now_ms + FIRST_LOOK_MS
            ):
                self._note(call, "refused", id_, why="not_on_record")
                return False
            await self._send(start)
        except (LegGone, CarrierError) as error:
            reason = error.reason if isinstance(error, CarrierError) else "leg_gone"
            self.log.warning("recording.not_begun", call=call.id, reason=reason)
            if reason in ("refused", "leg_gone"):  # Else it may have begun all the same.
                await self.book.move(Move(id_, "asked", "lost", now_ms, why=reason))
                return False
        except (PgAway, PgError) as error:
            self.log.error("recording.not_begun", error, call=call.id)
            return False
        self._note(call, "started", id_)
        return True

    async def _give(self, call: Call, tape: Tape, kind: type[Command]) -> str:
        """Give a command; return why it is not done, or ""."""
        tape.commands += 1
        id_ = id_for(call.id, f"tape:{tape.row}:{self.run}:{tape.commands}")
        try:
            await self._send(kind(call.id, self._ref(call), id_))
        except LegGone:
            return ""  # With the leg the recording ended.
        except CarrierError as error:
            self.log.error("recording.command_failed", call=call.id, reason=error.reason)
            return error.reason
        return ""

    async def _send(self, command: Command) -> None:
        carrier = self.leads.get(command.call_id).carrier
        await self.carriers.of(carrier).send(command)

    def _is_wanted(self, call: Call) -> bool:
        """Tell whether the campaign wants what is talked now."""
        if call.state is not State.BRIDGED:
            return False
        return self.consents.campaign(call).record

    def _why_not(self, call: Call) -> str:
        if call.state is State.BRIDGED and call.bid is not None:
            target = self.consents.target(call, call.bid.target)
            return self.consents.why_not(call, target, call.destination)
        return self.consents.why_not(call, None)

    def _ref(self, call: Call) -> str:
        return self.leads.get(call.id).refs.get(0, "")

    def _tape(self, call_id: UUID) -> Tape:
        return self._tapes.setdefault(call_id, Tape())

    def _note(self, call: Call, what: str, id_: UUID | None = None, why: str = "") -> None:
        told = {"what": what}
        told |= {"recording": str(id_)} if id_ is not None else {}
        self.call_log.note(call.id, NOTE, told | ({"why": why} if why else {}))


def _may_go_on(why: str) -> bool:
    """Tell whether a recording may go on that was to stop: the carrier did not hear of it."""
    return why == "unreachable" or why.startswith(("http:5", "http:429"))
