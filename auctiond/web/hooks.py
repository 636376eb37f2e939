"""Carriers' webhooks: genuine, stored, told to the call, answered. In this order.

The row in the inbox comes before the 2xx, so nothing that was acknowledged can be lost.
While the database is away the call is told all the same, and the carrier, which hears 503,
will bring the news again. Before the calls of the last run are back nothing is taken: what
was stored then, behind the back of a call that has read its inbox, would never be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import trio

from auctiond.calls.switchboard import Switchboard
from auctiond.keys.vault import Vault
from auctiond.metrics import Metrics
from auctiond.pg.errors import PgAway
from auctiond.pg.group import QueueFull
from auctiond.pg.inbox import Inbox, InboxRow
from telephony.telnyx import MalformedWebhook, is_genuine, read_webhook

INBOX_S = 1.0  # Carriers wait a few seconds; a database that needs longer counts as away.


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a webhook is answered with."""

    status: int
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TelnyxHooks:
    public_key: bytes
    inbox: Inbox
    vault: Vault
    switchboard: Switchboard
    metrics: Metrics
    now_ms: Callable[[], int]
    is_open: Callable[[], bool]  # False until the calls of the last run are back.

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> Verdict:
        """Return the answer to a webhook; what it tells has then reached its call."""
        if not is_genuine(body, headers, self.public_key, self.now_ms() / 1000):
            return self._refuse(403, "forged", "The signature is not Telnyx's, or too old.")
        try:
            news = read_webhook(body)
        except MalformedWebhook as error:
            return self._refuse(400, "malformed", f"{error.field}: expected {error.expected}")
        if not self.is_open():
            return self._refuse(503, "not_open", "The calls of the last run are not back yet.")
        sealed = self.vault.seal_blob("telnyx", news.event_id, body)
        try:
            # Shielded: who hangs up now must not take the news along that is half stored.
            with trio.fail_after(INBOX_S, shield=True):
                new = await self.inbox.put(
                    InboxRow("telnyx", news.event_id, news.call_ref, sealed, self._now())
                )
        except (PgAway, QueueFull, trio.TooSlowError):
            self.switchboard.deliver(news)
            return self._refuse(503, "not_stored", "The news was heard, but not stored.")
        self.metrics.webhooks("telnyx", "new" if new else "duplicate").inc()
        if new:
            self.switchboard.deliver(news)
        return Verdict(200, "ok")

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)

    def _refuse(self, status: int, result: str, detail: str) -> Verdict:
        self.metrics.webhooks("telnyx", result).inc()
        return Verdict(status, result, detail)
