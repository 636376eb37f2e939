"""Starts the call of an attempt, screens it once more before its phone rings, and hushes it.

A call that we begin has no handle of a carrier's yet: its own id stands in, and what the carrier
calls it is noted as soon as it is told (`call_session`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from actors.call_desk import CallDesk
from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Lead, Leads
from auctiond.calls.records import OURS
from auctiond.pg.callbacks import CallbackRow
from market.call import Call, HungUp, State
from market.ids import unix_ms

BEFORE_A_TALK = (State.SCREENING, State.CALLING, State.GREETING, State.GATHERING, State.PINGING)


@dataclass(frozen=True, slots=True)
class CallStarter:
    leads: Leads
    call_log: CallLog
    desk: Callable[[], CallDesk]
    now_ms: Callable[[], int]
    carrier: str  # By whose lines we call.

    def start(
        self, callback: CallbackRow, call_id: UUID, number: str, lead: dict[str, str]
    ) -> None:
        """Start the call of an attempt. The same again is the same call."""
        if self.desk().find(call_id) is not None:
            return
        personal = {**lead, "phone": number}
        ours = Lead(OURS + call_id.hex, {}, number, personal=personal, carrier=self.carrier)
        self.leads.put(call_id, ours)
        self.call_log.open(call_id)
        self.desk().start(Call(call_id, arrived_ms=unix_ms(call_id), origin="callback"))

    def hush(self, call_id: UUID) -> bool:
        """End a call whose person does not want to be called, if they do not talk yet."""
        call = self.desk().find(call_id)
        if call is None or call.state not in BEFORE_A_TALK:
            return False
        return self.desk().tell(call_id, HungUp(at_ms=self.now_ms(), cause="withdrawn", guess=True))
