"""Webhooks: signed, repeated until taken, and with the vices of real ones."""

from __future__ import annotations

import hmac
from collections import Counter
from hashlib import sha256
from random import Random

import httpx2
import orjson
import trio

from auctiond.sandbox.stripe.books import Books
from auctiond.sandbox.stripe.options import StripeOptions
from auctiond.sandbox.stripe.shapes import Json

AT_ONCE_MAX = 32
PENDING_MAX = 5_000  # Beyond, the receiver is dead: they are lost.
OVERTAKEN_S = (0.05, 0.4)
VERSION = "2026-01-28.clover"


def signature(body: bytes, secret: str, at: int) -> str:
    """Return the Stripe-Signature header: an HMAC over `time.body`."""
    mac = hmac.new(secret.encode(), b"%d.%b" % (at, body), sha256).hexdigest()
    return f"t={at},v1={mac}"


class Hooks:
    def __init__(
        self, client: httpx2.AsyncClient, options: StripeOptions, senders: trio.Nursery
    ) -> None:
        self.url = options.hooks
        self.counts: Counter[str] = Counter()
        self.books: Books  # Set by who makes both.
        self._client = client
        self._options = options
        self._rng = Random(options.seed)
        self._nursery = senders
        self._at_once = trio.CapacityLimiter(AT_ONCE_MAX)
        self._pending = 0

    def tell(self, kind: str, changed: Json) -> None:
        """Keep an event of what happened, and send it off. Never waits."""
        copies = 2 if self._has(self._options.vices.twice_told) else 1
        for _ in range(copies):
            event = {
                "id": self.books.new_id("event"),
                "object": "event",
                "api_version": VERSION,
                "created": self.books.at(),
                "data": {"object": changed},
                "livemode": False,
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
                "type": kind,
            }
            self.books.add(event)
            self.send(event)

    def send(self, event: Json) -> None:
        """Send an event, perhaps once more. Never waits."""
        if not self.url or self._pending >= PENDING_MAX:
            return
        self._pending += 1
        self._nursery.start_soon(self._send, event, orjson.dumps(event))

    async def _send(self, event: Json, body: bytes) -> None:
        vices = self._options.vices
        try:
            if self._has(vices.reordered):
                self.counts["reordered"] += 1
                await trio.sleep(self._rng.uniform(*OVERTAKEN_S))
            if self._has(vices.lost):
                self.counts["lost"] += 1
                return
            if self._has(vices.forged):
                self.counts["forged"] += 1
                await self._post(body, "whsec_of_somebody_else")
            for pause_s in (0.0, *self._options.redelivery_s):
                await trio.sleep(pause_s)
                if await self._post(body, self._options.hook_secret):
                    break
            else:
                self.counts["given_up"] += 1
                return
            if self._has(vices.duplicated):
                self.counts["duplicated"] += 1
                await self._post(body, self._options.hook_secret)
        finally:
            self._pending -= 1

    async def _post(self, body: bytes, secret: str) -> bool:
        headers = {"stripe-signature": signature(body, secret, self.books.at())}
        headers["content-type"] = "application/json; charset=utf-8"
        self.counts["sent"] += 1
        async with self._at_once:
            with trio.move_on_after(self._options.webhook_timeout_s):
                try:
                    reply = await self._client.post(self.url, content=body, headers=headers)
                except (httpx2.RequestError, httpx2.InvalidURL):
                    return False
                return reply.is_success
        return False

    def _has(self, chance: float) -> bool:
        return chance > 0 and self._rng.random() < chance
