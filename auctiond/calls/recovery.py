"""After a stop: calls go on from their log and inbox. docs/recovery.md says why that is enough.

A call is its events, so it is folded again; what the carrier told meanwhile lies in the inbox,
and what the log has of it already is not told again; who is still there, the carrier knows.
Doing all that twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import trio

from actors.call_desk import CallDesk
from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Lead, Leads
from auctiond.calls.news import News
from auctiond.calls.persons import personal_of
from auctiond.calls.phone import Phone
from auctiond.calls.records import Record, Records
from auctiond.calls.switchboard import Switchboard
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.networks.editions import Editions
from auctiond.pg.people import People
from market.call import Call, Event, State
from market.phone import Arrived, CarrierEvent

# First webhooks older than that have no caller behind them any more.
ORPHANS = timedelta(minutes=15)
AT_ONCE = 16  # Calls brought back at once: as many as the database serves at its best.
ASK_S = 2.0  # Who asks a carrier that is away for each call would not open for hours.


@dataclass(frozen=True, slots=True)
class Recovery:
    records: Records
    news: News
    people: People
    vault: Vault
    editions: Editions
    leads: Leads
    call_log: CallLog
    desk: CallDesk
    switchboard: Switchboard
    phone: Phone
    log: Log
    now_ms: Callable[[], int]

    async def run(self) -> None:
        """Bring back what was live, and tell it what it missed."""
        records = await self.records.open()
        limiter = trio.CapacityLimiter(AT_ONCE)

        async def revive(record: Record) -> None:
            async with limiter:
                await self._revive(record)

        async with trio.open_nursery() as nursery:
            for record in records:
                nursery.start_soon(revive, record)
        self.log.info("recovered", calls=len(records))

    async def deliver_unclaimed(self) -> None:
        """Begin calls whose first news was stored, and nothing more."""
        since = datetime.fromtimestamp(self.now_ms() / 1000, UTC) - ORPHANS
        for news in await self.news.unclaimed(since):
            self.switchboard.deliver(news)

    async def _revive(self, record: Record) -> None:
        life, call_id = record.life(), record.row.id
        await self.editions.need(life.call.network)
        missed = await self.news.of_call(record.row)
        lead = await self._lead(record, missed)
        lead.heard.update(event.news for event in life.events if event.news)
        self.leads.put(call_id, lead)
        self.call_log.reopen(call_id, record.next_seq)
        self.switchboard.recent[record.row.carrier, record.row.call_ref] = None
        ended = await self._ask(life.call)
        self.desk.start(life.call)
        for news in missed:
            if not isinstance(news, Arrived):
                self.switchboard.deliver(news)
        if ended is not None:
            self.desk.tell(call_id, ended)

    async def _ask(self, call: Call) -> Event | None:
        """Return the caller's end if the carrier knows of it; who does not answer knows nothing."""
        if call.state is State.ENDED:
            return None
        ended = None
        with trio.move_on_after(ASK_S):
            ended = await self.phone.is_caller_there(call)
        if ended is not None and ended.guess and call.state is State.BRIDGED:
            return None  # The news with the time may be on its way; who talks is asked after again.
        return ended

    async def _lead(self, record: Record, missed: Sequence[CarrierEvent]) -> Lead:
        """Return who calls: nobody, once erased. The attestation is in the first news alone."""
        personal = await personal_of(record.row, self.people, self.vault, self.log)
        first = next((news for news in missed if isinstance(news, Arrived)), None)
        return Lead(
            call_ref=record.row.call_ref,
            refs={0: record.row.caller_leg_ref} if record.row.caller_leg_ref else {},
            caller=personal.get("phone", ""),
            attestation=first.attestation if first is not None else "",
            bid=first.bid if first is not None else "",
            carrier=record.row.carrier,
            personal=personal,
        )
