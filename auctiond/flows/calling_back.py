"""A caller who wants to be called back: the wish is put on record, with the call as its proof."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import trio

from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Leads
from auctiond.logs import Log
from auctiond.pg.errors import PgAway, PgError
from market.call import Call
from market.call_flow import CallbackOffer
from market.callback import FACTS, CallbackWanted, Consent

AGAIN_S = 2.0  # After the database was away.
TRIES_MOST = 300  # Ten minutes. Later, the record of the call still says that it was wished for.
CALLBACK = "callback_wanted"  # The note of the call's log.

Want = Callable[[CallbackWanted], Awaitable[object]]  # Of auctiond/callbacks: the key is the wish.


@dataclass(slots=True)
class CallingBack:
    leads: Leads
    call_log: CallLog
    log: Log
    want: Want | None = None  # None: nobody here calls back.

    def wish(self, call: Call, node: CallbackOffer, at_ms: int) -> CallbackWanted | None:
        """Note the wish; return what is to be asked for, None where nobody could be called."""
        number = self.leads.get(call.id).caller
        self.call_log.note(call.id, CALLBACK, {"node": node.id, "number": bool(number)})
        if self.want is None or not number or call.spot is None:
            return None
        words = f"{call.spot.flow}/{node.id}, network {call.network}"
        consent = Consent(given_ms=at_ms, text=words, call_id=call.id, digit=node.key)
        return CallbackWanted(
            campaign=call.campaign,
            publisher=call.publisher,
            number=number,
            consent=consent,
            asked_ms=at_ms,
            facts=tuple(fact for fact in call.facts if fact[0] in FACTS),
            key=f"call:{call.id}",
        )

    async def ask(self, call: Call, wanted: CallbackWanted) -> None:
        """Put the wish on record, as soon as the database is there."""
        assert self.want is not None
        for _ in range(TRIES_MOST):
            try:
                await self.want(wanted)
            except PgAway:
                await trio.sleep(AGAIN_S)
            except PgError as error:
                self.log.error("callback.not_stored", error, call=call.id)
                return
            else:
                return
        self.log.error("callback.not_stored", call=call.id)
