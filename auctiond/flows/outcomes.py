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
from routing.flows.playing import Done, News

CONSENT = "recording_consent"  # The note of a call's log.


class Recorder(Protocol):
    """Who records, where that is allowed and agreed to."""

    def must_ask(self, call: Call) -> bool:
        """Tell whether a caller must be asked before a recording begins."""
        ...

    async def act(self, call: Call, action: f.Recording) -> None:
        """Start, stop, pause or resume; nothing where it may not be."""
        ...

    async def ask(self, call: Call, *, sensitive: bool) -> bool:
        """Keep out of a recording what is asked now, or go on with it; False: it would be on it."""
        ...

    def takes_messages(self, call: Call) -> bool:
        """Tell whether messages of callers are taken."""
        ...

    async def message(self, call: Call, longest_s: float) -> bool:
        """Take a message; False: it could not be done."""
        ...

    async def message_over(self, call: Call) -> None:
        """End a message that took its time."""
        ...


@dataclass(slots=True)
class Outcomes:
    call_log: CallLog
    shelter: Shelter
    calling_back: CallingBack
    recorder: Recorder | None = None

    async def entered(self, call: Call, node: f.Node, *, personal: bool) -> bool:
        """See to what must be so before the caller hears `node`; False: so nothing is asked."""
        match node:
            case f.Gather() if personal and self.recorder is not None:
                return await self.recorder.ask(call, sensitive=True)
            case f.ConsentAsk():
                self._note(call, node, asked=True)
        return True

    def left(self, call: Call, node: f.Node, event: FlowMoved, *, personal: bool) -> None:
        """See to what leaving `node` by this edge means."""
        match node:
            case f.ConsentAsk():
                self._note(call, node, agreed=event.agreed, key=event.key)
            case f.CallbackOffer() if event.edge == "accepted":
                wanted = self.calling_back.wish(call, node, event.at_ms)
                if wanted is not None:
                    asking = partial(self.calling_back.ask, call, wanted)
                    self.shelter.start("callback_wanted", asking)
            case f.Gather() if personal and event.node != node.id and self.recorder:
                resume = partial(self.recorder.ask, call, sensitive=False)
                self.shelter.start("record_resume", resume)

    def left_by_caller(self, call: Call, node: f.Node) -> None:
        """See to what it means that the caller hung up at `node`."""
        if isinstance(node, f.ConsentAsk):
            self._note(call, node, stayed=False)

    def must_ask(self, call: Call) -> bool:
        """Tell whether a caller must be asked before a recording begins."""
        return self.recorder is not None and self.recorder.must_ask(call)

    async def record(self, call: Call, node: f.Record) -> News:
        """Start, stop, pause or resume a recording; the call goes on whatever comes of it."""
        if self.recorder is not None:
            await self.recorder.act(call, node.action)
        return Done()

    def takes_messages(self, call: Call) -> bool:
        """Tell whether messages of callers are taken."""
        return self.recorder is not None and self.recorder.takes_messages(call)

    async def message(self, call: Call, node: f.Voicemail) -> bool:
        """Let the carrier take a message; False: it could not be done."""
        return self.recorder is not None and await self.recorder.message(call, node.longest_s)

    async def message_over(self, call: Call) -> None:
        """End a message that took its time."""
        if self.recorder is not None:
            await self.recorder.message_over(call)

    def _note(self, call: Call, node: f.ConsentAsk, **told: object) -> None:
        """Put on record what was asked, and what came of it."""
        found = {name: value for name, value in told.items() if value not in (None, "")}
        self.call_log.note(call.id, CONSENT, {"node": node.id, "version": node.version} | found)
