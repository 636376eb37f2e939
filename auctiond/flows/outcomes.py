"""What a node of a flow leaves behind: consent, recordings, messages, wishes to be called back.

Recording and calling back have homes of their own; here a flow hands over to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from actors.shelter import Shelter
from auctiond.calls.call_log import CallLog
from auctiond.flows.calling_back import CallingBack
from market import call_flow as f
from market.call import Call
from market.flow_moves import FlowMoved
from routing.flows.hearing import Sound
from routing.flows.playing import Done, Failed, News

CONSENT = "recording_consent"  # The note of a call's log.


class Recorder(Protocol):
    """Who records, where that is allowed and agreed to."""

    async def act(self, call: Call, action: f.Recording) -> None:
        """Start, stop, pause or resume; nothing where it may not be."""
        ...

    async def message(self, call: Call, sound: Sound, longest_s: float) -> bool:
        """Take a message; False: nobody here takes messages."""
        ...


@dataclass(slots=True)
class Outcomes:
    call_log: CallLog
    shelter: Shelter
    calling_back: CallingBack
    recorder: Recorder | None = None

    async def entered(self, call: Call, node: f.Node) -> None:
        """See to what must be so before the caller hears `node`."""
        if isinstance(node, f.Gather) and node.sensitive and self.recorder is not None:
            await self.recorder.act(call, "pause")

    def left(self, call: Call, node: f.Node, event: FlowMoved) -> None:
        """See to what leaving `node` by this edge means."""
        match node:
            case f.ConsentAsk():
                told = {"node": node.id, "version": node.version, "agreed": event.agreed}
                self.call_log.note(call.id, CONSENT, told)
            case f.CallbackOffer() if event.edge == "accepted":
                wanted = self.calling_back.wish(call, node, event.at_ms)
                if wanted is not None:
                    asking = partial(self.calling_back.ask, call, wanted)
                    self.shelter.start("callback_wanted", asking)
            case f.Gather() if node.sensitive and event.node != node.id and self.recorder:
                resume = partial(self.recorder.act, call, "resume")
                self.shelter.start("record_resume", resume)

    async def record(self, call: Call, node: f.Record) -> News:
        """Start, stop, pause or resume a recording; the call goes on whatever comes of it."""
        if self.recorder is not None:
            await self.recorder.act(call, node.action)
        return Done()

    async def message(self, call: Call, node: f.Voicemail, sound: Sound) -> News:
        """Take a message."""
        if self.recorder is None:
            return Failed()
        taken = await self.recorder.message(call, sound, node.longest_s)
        return Done() if taken else Failed()
