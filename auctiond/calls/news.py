"""What carriers told, read again from the inbox, where it lies sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auctiond.carrier_files import carrier_files
from auctiond.keys.vault import Vault
from auctiond.logs import Log
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

    async def of_call(self, call_ref: str) -> list[CarrierEvent]:
        """Return all news of a phone call, in the order they came."""
        return self._read(await self.inbox.of_call(call_ref))

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
