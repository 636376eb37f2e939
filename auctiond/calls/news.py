"""What carriers told, read again from the inbox, where it lies sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.pg.inbox import Inbox, InboxRow
from compliance.sealing import SealBroken
from market.phone import CarrierEvent
from telephony.telnyx import MalformedWebhook, read_webhook


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
        found = []
        for row in rows:
            try:
                body = self.vault.open_blob(row.carrier, row.event_id, row.sealed_body)
                found.append(read_webhook(body))
            except (SealBroken, MalformedWebhook):
                self.log.error("inbox.unreadable", carrier=row.carrier, news=row.event_id)
        return found
