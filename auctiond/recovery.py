"""After a stop: calls go on from their log and inbox, and every hold finds its end.

A call is its events, so it is folded again; what the carrier told meanwhile lies in the
inbox; who is still there, the carrier knows. Doing all that twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from actors.call_desk import CallDesk
from auctiond.applying import Applying
from auctiond.bank import Bank
from auctiond.call_log import CallLog
from auctiond.call_view import Life
from auctiond.leads import Lead, Leads
from auctiond.logs import Log
from auctiond.network_book import NetworkBook
from auctiond.pg.inbox import Inbox
from auctiond.pg.people import People
from auctiond.phone import Phone
from auctiond.records import Record, Records
from auctiond.switchboard import Switchboard
from auctiond.vault import Vault
from compliance.sealing import SealBroken
from ledger.moves import release_for
from market.call import Outcome, State
from market.phone import Arrived, CarrierEvent
from telephony.telnyx import MalformedWebhook, read_webhook

ORPHANS = timedelta(
    minutes=15
)  # First webhooks older than that have no caller behind them any more.


@dataclass(frozen=True, slots=True)
class Recovery:
    records: Records
    inbox: Inbox
    people: People
    vault: Vault
    applying: Applying
    networks: NetworkBook
    leads: Leads
    call_log: CallLog
    desk: CallDesk
    switchboard: Switchboard
    phone: Phone
    bank: Bank
    log: Log
    now_ms: Callable[[], int]

    async def run(self) -> None:
        """Bring back what was live, and tell it what it missed."""
        revived = 0
        for record in await self.records.open():
            await self._revive(record)
            revived += 1
        self.log.info("recovered", calls=revived)

    async def deliver_unclaimed(self) -> None:
        """Begin calls whose first news was stored, and nothing more."""
        since = datetime.fromtimestamp(self.now_ms() / 1000, UTC) - ORPHANS
        for row in await self.inbox.unclaimed(since):
            news = self._read(row.carrier, row.event_id, row.sealed_body)
            if news is not None:
                self.switchboard.deliver(news)

    async def settle_leftovers(self, older_than: timedelta) -> int:
        """Settle holds that no live call will settle, and return how many."""
        settled = 0
        for hold in await self.bank.open_holds(older_than):
            if self.desk.find(hold.call_id) is not None:
                continue
            record = await self.records.get(hold.call_id)
            if record is None:
                await self.bank.apply(release_for(hold, expired=True))
                settled += 1
                continue
            life = await self._fold(record)
            settlement = next((s for s in life.settlements if s.leg == hold.leg), None)
            if settlement is not None:
                await self.bank.settle(life.call, settlement)
                settled += settlement.outcome is not Outcome.REVIEW
            elif life.call.state is State.ENDED:
                await self.bank.apply(release_for(hold, expired=True))
                settled += 1
        return settled

    async def _fold(self, record: Record) -> Life:
        life = record.life()
        await self._need_edition(life.call.network)
        return life

    async def _need_edition(self, version: int) -> None:
        try:
            self.networks.edition(version)
        except KeyError:
            if version:
                await self.applying.load(version)

    async def _revive(self, record: Record) -> None:
        life = await self._fold(record)
        personal = await self._personal(record)
        row, call_id = record.row, record.row.id
        lead = Lead(
            call_ref=row.call_ref,
            refs={0: row.caller_leg_ref},
            caller=personal.get("phone", ""),
            personal=personal,
        )
        self.leads.put(call_id, lead)
        missed = []
        for stored in await self.inbox.of_call(row.call_ref):
            news = self._read(stored.carrier, stored.event_id, stored.sealed_body)
            if news is not None and not isinstance(news, Arrived):
                self.leads.learn_ref(call_id, news.leg, news.ref)
                missed.append(news)
        self.call_log.open(call_id, len(record.events))
        self.switchboard.recent[call_id] = None
        ended = await self.phone.is_caller_there(life.call)
        self.desk.start(life.call)
        for news in missed:
            self.switchboard.deliver(news)
        if ended is not None:
            self.desk.tell(call_id, ended)

    async def _personal(self, record: Record) -> dict[str, str]:
        person_id = record.row.person_id
        stored = await self.people.get(person_id) if person_id is not None else None
        if stored is None:
            return {}  # Erased: the call may go on, its lead may not.
        try:
            person = self.vault.person(stored.person_id, stored.wrapped_key)
            return self.vault.open_fields(person, stored.fields)
        except SealBroken:
            self.log.error("lead.unreadable", call=record.row.id)
            return {}

    def _read(self, carrier: str, event_id: str, sealed: bytes) -> CarrierEvent | None:
        try:
            return read_webhook(self.vault.open_blob(carrier, event_id, sealed))
        except (SealBroken, MalformedWebhook):
            self.log.error("inbox.unreadable", carrier=carrier, news=event_id)
            return None
