"""What carriers told, read again from the inbox, where it lies sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auctiond.carrier_files import carrier_files
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.pg.calls import CallRow
from auctiond.pg.inbox import Inbox, InboxRow
from compliance.sealing import SealBroken
from market.phone import CarrierEvent
from telephony._carrier import webhook_of
from telephony._neutral import MalformedWebhook


@dataclass(frozen=True, slots=True)
class News:
    inbox: Inbox
    vault: Vault
    log: Log

    async def of_call(self, call: CallRow) -> list[CarrierEvent]:
        """Return all news of a call by the carrier that it goes by, in the order they came."""
        told = await self.inbox.of_call(call.call_ref)
        return self._read(row for row in told if row.carrier == call.carrier)

    async def unclaimed(self, since: datetime) -> list[CarrierEvent]:
        """Return what came since then for phone calls that are not on record."""
        return self._read(await self.inbox.unclaimed(since))

    def _read(self, rows: Iterable[InboxRow]) -> list[CarrierEvent]:
        found: list[CarrierEvent] = []
        for row in rows:
            try:
                found += self._read_one(row)
            except (SealBroken, MalformedWebhook, KeyError):  # KeyError: a carrier we had once.
                self.log.error("inbox.unreadable", carrier=row.carrier, news=row.event_id)
        return found

    def _read_one(self, row: InboxRow) -> Sequence[CarrierEvent]:
        kept = self.vault.open_blob(row.carrier, row.event_id, row.sealed_body)
        received_ms = round(row.received_at.timestamp() * 1000)
        return carrier_files()[row.carrier].read_webhook(webhook_of(kept, received_ms))
