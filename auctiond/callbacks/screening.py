"""The last look before the phone of a person rings: may it, and what does the call bring along?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import trio

from auctiond.callbacks.desk import terms_of
from auctiond.callbacks.judging import Judge, network_refusal, states_of
from auctiond.calls.call_log import CallLog
from auctiond.calls.intake import Intake
from auctiond.calls.leads import Leads
from auctiond.calls.records import OURS
from auctiond.logs import Log
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.callbacks import CallbackBook, CallbackRow
from auctiond.pg.calls import CallRow, Calls
from auctiond.pg.errors import PgAway, PgError
from auctiond.rtb.keeper import Entry
from compliance.law.calling_hours import refusal
from compliance.law.places import place_of
from market.call import Blocked, Call, Cleared, Event
from market.callback import CallbackTerms
from market.network import Network
from routing.snapshot import Snapshot

AGAIN_S = 0.5  # A database that is away; the call's deadline ends it soon.


@dataclass(frozen=True, slots=True)
class CallbackScreening:
    book: CallbackBook
    judge: Judge
    networks: NetworkBook
    calls: Calls
    leads: Leads
    intake: Intake
    call_log: CallLog
    log: Log
    now_ms: Callable[[], int]

    async def screen(self, call: Call) -> Event:
        """Put the call on record, and return whether its phone may ring.

        The database decides: a call that is not on record is not made, so one that has no record
        never was. While it is away, the state's deadline ends the call.
        """
        while True:
            try:
                return await self._screen(call)
            except (PgAway, PgError) as error:
                self.log.error("callback.not_screened", error, call=call.id)
                await trio.sleep(AGAIN_S)

    async def _screen(self, call: Call) -> Event:
        row, edition = await self.book.of_call(call.id), self.networks.current
        if row is None or row.state != "calling" or row.call_id != call.id or edition is None:
            return Blocked(at_ms=self.now_ms(), reason="withdrawn")
        terms, publisher = terms_of(edition.snapshot, row.campaign, row.publisher)
        await self._store(call, row, terms, edition.snapshot.version)
        if terms is None:
            return Blocked(at_ms=self.now_ms(), reason="no_callbacks")
        if reason := await self._refusal(call, row, terms, edition.snapshot.network):
            return Blocked(at_ms=self.now_ms(), reason=reason)
        return await self._admit(call, row, terms, publisher, edition.snapshot)

    async def _refusal(
        self, call: Call, row: CallbackRow, terms: CallbackTerms, network: Network
    ) -> str:
        """Return what has come between since it was decided to call; also after a restart."""
        number = self.leads.get(call.id).caller
        if row.number_index is None or not number:
            return "erased"
        if listed := await self.judge.suppressions.list_of(row.number_index):
            return f"suppressed:{listed}"
        if reason := network_refusal(number, network):
            return reason
        place = place_of(number, states_of(row.facts))
        if place is None:
            return "place_unknown"
        now = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        return refusal(self.judge.law, place, now, terms.ring_s)

    async def _admit(
        self,
        call: Call,
        row: CallbackRow,
        terms: CallbackTerms,
        publisher: str,
        snapshot: Snapshot,
    ) -> Event:
        number = snapshot.number(terms.number)
        assert number is not None
        facts = tuple(row.facts.items())
        entry = Entry(snapshot, replace(number, publisher=publisher), facts=facts)
        lead, index = self.leads.get(call.id), row.number_index
        cleared = await self.intake.admit(call, lead, entry, index, stored=True)
        if not isinstance(cleared, Cleared):
            return cleared
        known = "zip" in row.facts  # Who told the zip is not asked for it.
        return replace(
            cleared,
            zip_tries=0 if known else cleared.zip_tries,
            zip_required=cleared.zip_required and not known,
            tracking_number=number.number,
            first=terms.first,
            person_ring_s=terms.ring_s,
        )

    async def _store(
        self, call: Call, row: CallbackRow, terms: CallbackTerms | None, version: int
    ) -> None:
        await self.calls.open_call(
            CallRow(
                id=call.id,
                carrier=self.leads.get(call.id).carrier,
                call_ref=OURS + call.id.hex,
                caller_leg_ref="",
                caller_index=row.number_index,
                person_id=row.person_id,
                tracking_number=terms.number if terms is not None else "",
                campaign=row.campaign,
                publisher=row.publisher,
                network=version,
                arrived_at=datetime.fromtimestamp(call.arrived_ms / 1000, UTC),
            )
        )
        self.call_log.on_record(call.id)
