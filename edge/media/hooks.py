"""Webhooks to the server: signed as Telnyx signs them, in order for each call, until taken."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAUSES_S = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # Then the server has to ask.
REPLY_S = 2.0
AT_ONCE_MAX = 64
PENDING_MAX = 20_000  # Beyond, the server is dead, and it will ask when it is back.

log = logging.getLogger("edge.hooks")


class Hooks:
    def __init__(
        self,
        client: httpx2.AsyncClient,
        key: Ed25519PrivateKey,
        start: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._client = client
        self._key = key
        self._start = start
        self._at_once = asyncio.Semaphore(AT_ONCE_MAX)
        self._last: dict[str, asyncio.Event] = {}  # By session: the latest delivery's end.
        self._pending = 0
        self._forgotten: set[str] = set()  # Sessions whose news is sent no more.

    def forget(self, session: str) -> None:
        """Send nothing more of a call, not even what is being tried."""
        if session in self._last:
            self._forgotten.add(session)

    def tell(self, session: str, url: str, event: dict[str, Any]) -> None:
        """Send `event` off, behind those of the same call. Never waits."""
        if self._pending >= PENDING_MAX:
            log.error("webhook dropped: %d wait", self._pending)
            return
        self._pending += 1
        before, done = self._last.get(session), asyncio.Event()
        self._last[session] = done
        self._start(self._send(session, url, event, before, done))

    @property
    def pending(self) -> int:
        """How many are neither taken nor given up."""
        return self._pending

    async def _send(
        self,
        session: str,
        url: str,
        event: dict[str, Any],
        before: asyncio.Event | None,
        done: asyncio.Event,
    ) -> None:
        try:
            if before is not None:
                await before.wait()
            for attempt, pause_s in enumerate(PAUSES_S, start=1):
                await asyncio.sleep(pause_s)
                if session in self._forgotten:
                    return
                if await self._post(url, event, attempt):
                    return
            log.error("webhook given up: %s", event["event_type"])
        finally:
            done.set()
            self._pending -= 1
            if self._last.get(session) is done:
                del self._last[session]
                self._forgotten.discard(session)

    async def _post(self, url: str, event: dict[str, Any], attempt: int) -> bool:
        meta = {"attempt": attempt, "delivered_to": url}
        body = orjson.dumps({"data": event, "meta": meta})
        async with self._at_once:
            try:
                async with asyncio.timeout(REPLY_S):
                    headers = signed_headers(self._key, body, time.time())
                    reply = await self._client.post(url, content=body, headers=headers)
            except (httpx2.RequestError, httpx2.InvalidURL, TimeoutError):
                return False
            return reply.is_success


def signed_headers(key: Ed25519PrivateKey, body: bytes, now_s: float) -> dict[str, str]:
    """Return headers that prove who sent `body`, and when (Telnyx: Ed25519 over time|body)."""
    timestamp = str(int(now_s))
    signature = key.sign(timestamp.encode() + b"|" + body)
    return {
        "telnyx-timestamp": timestamp,
        "telnyx-signature-ed25519": b64encode(signature).decode(),
        "content-type": "application/json",
        "user-agent": "auctiond-edge",
    }


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the key at `path`; one that is not there is made, for us alone. Raises ValueError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
    except FileExistsError:
        pass
    try:
        return Ed25519PrivateKey.from_private_bytes(
            b64decode(path.read_bytes().strip(), validate=True)
        )
    except ValueError:
        raise ValueError(f"{path}: expected the base64 of 32 bytes") from None
