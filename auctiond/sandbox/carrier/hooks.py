"""Deliver webhooks: signed, in order for each call, repeated until taken, and with vices.

They go over the wire that pings buyers: a common client's CPU for each was more than all that a
server makes of it, and the carrier plays on the same machine.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.net.errors import WireError
from auctiond.net.wire import Wire
from auctiond.sandbox.carrier.dialect import Dialect
from auctiond.sandbox.carrier.options import CarrierOptions, Vices
from auctiond.sandbox.carrier.overrides import Overrides, bare, failure_of, overrides
from auctiond.sandbox.carrier.signing import signed_headers
from market.http import HttpReply, HttpRequest

COMPLAINTS_MAX = 20
AT_ONCE_MAX = 64  # Deliveries under way, as many as connections. More only wait in line.
PENDING_MAX = 20_000  # Webhooks not yet taken. Beyond, the receiver is dead: they are lost.
OVERTAKEN_S = (0.05, 0.4)  # How long a reordered webhook stays behind.
DELAYED_S = (0.2, 1.5)


Written = tuple[bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one webhook."""

    duplicated: bool
    reordered: bool
    lost_once: bool
    lost: bool
    delay_s: float


class Line:
    """The webhooks of one call: they come in order, unless a vice has it otherwise."""

    def __init__(self, rng: Random, vices: Vices) -> None:
        self.last: trio.Event | None = None
        self._rng = rng
        self._vices = vices

    def fate(self, name: str) -> Fate:
        """Draw what becomes of the next webhook."""
        draws = [self._rng.random() for _ in range(5)]
        vices, first = self._vices, name == "call.initiated"
        reordered, delayed = draws[1] < vices.reordered, draws[2] < vices.delayed
        window = OVERTAKEN_S if reordered else DELAYED_S
        return Fate(
            duplicated=draws[0] < vices.duplicated,
            reordered=reordered,
            lost_once=draws[3] < vices.lost_once,
            lost=draws[4] < vices.lost and not first,
            delay_s=self._rng.uniform(*window) if reordered or delayed else 0.0,
        )


class Hooks:
    def __init__(
        self,
        wire: Wire,
        key: Ed25519PrivateKey,
        options: CarrierOptions,
        carriers: trio.Nursery,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.complaints: deque[str] = deque(maxlen=COMPLAINTS_MAX)  # About documents.
        self.dialect: Dialect | None = None  # None: Telnyx' own way.
        self.is_quiet = False  # Nothing is delivered; what is tried again later, is then.
        self._wire = wire
        self._key = key
        self._options = options
        self._nursery = carriers
        self._at_once = trio.CapacityLimiter(AT_ONCE_MAX)
        self._pending = 0

    @property
    def pending(self) -> int:
        """How many webhooks are not taken and not given up."""
        return self._pending

    def tell(self, line: Line, url: str, event: dict[str, Any]) -> None:
        """Send `event` off. Never waits."""
        if self._pending >= PENDING_MAX:
            self.counts["overflowed"] += 1
            return
        self._pending += 1
        self._options.watcher.told(event)
        before, line.last = line.last, trio.Event()
        fate = line.fate(event["event_type"])
        self._nursery.start_soon(self._send, url, event, fate, before, line.last)

    async def _send(
        self,
        url: str,
        event: dict[str, Any],
        fate: Fate,
        before: trio.Event | None,
        tried: trio.Event,
    ) -> None:
        if before is not None:
            await before.wait()
        if fate.reordered:
            self.counts["reordered"] += 1
            tried.set()  # Those behind need not wait for this one.
        await trio.sleep(fate.delay_s)
        if fate.lost:
            self.counts["lost"] += 1
        else:
            await self._deliver(url, event, fate, tried)
        tried.set()
        self._pending -= 1

    async def _deliver(
        self, url: str, event: dict[str, Any], fate: Fate, tried: trio.Event
    ) -> None:
        pauses_s = [0.0, *self._options.redelivery_s]
        if self.dialect is not None:  # What failed is tried again only where the address says so.
            pauses_s = self._pauses_s(overrides(url, self.dialect.RETRIES))
        for attempt, pause_s in enumerate(pauses_s, start=1):
            await trio.sleep(pause_s)
            swallowed = fate.lost_once and attempt == 1
            self.counts["lost_once"] += swallowed
            taken = not swallowed and await self._post(url, event, attempt)
            tried.set()
            if taken:
                break
        else:
            self.counts["given_up"] += 1
            return
        if fate.duplicated:
            self.counts["duplicated"] += 1
            await self._post(url, event, 1)

    async def ask(self, line: Line, url: str, told: Mapping[str, Any]) -> bytes | None:
        """Return the document that answers a webhook; None: there is none, after all tries.

        An answer may be lost on its way; whether the same is asked again, the address says.
        """
        assert self.dialect is not None
        fate = line.fate("document")
        await trio.sleep(fate.delay_s)
        deaf = fate.lost_once or fate.duplicated or fate.lost
        again = overrides(url, self.dialect.RETRIES)
        for pause_s in self._pauses_s(again):
            await trio.sleep(pause_s)
            reply, failure = await self._ask(url, told)
            if reply is not None and deaf:
                deaf, reply, failure = False, None, "rt"
                self.counts["unheard"] += 1
            if reply is not None:
                return reply
            if failure not in again.after:
                break
        self.counts["given_up"] += 1
        return None

    async def _ask(self, url: str, told: Mapping[str, Any]) -> tuple[bytes | None, str]:
        """Return the answer to one try; or None, and what failed."""
        assert self.dialect is not None
        request = self.dialect.write(url, told)
        self.counts["asked"] += 1
        with trio.move_on_after(self._options.document_timeout_s):
            try:
                reply = await self._reply(url, request.body, request.headers)
            except ValueError:
                return None, "ct"
            except WireError as error:
                return None, "ct" if error.reason == "connect_error" else "rt"
            failure = failure_of(reply.status)
            return (None if failure else reply.body), failure
        return None, "rt"

    def _pauses_s(self, again: Overrides) -> list[float]:
        """Return how long is waited before each try."""
        assert self.dialect is not None
        return [0.0, *(self.dialect.PAUSE_S * 2**at for at in range(again.retries))]

    def _written(self, url: str, event: dict[str, Any], attempt: int) -> Written:
        if self.dialect is not None:
            request = self.dialect.write(url, event["told"])
            return request.body, dict(request.headers)
        meta = {"attempt": attempt, "delivered_to": url}
        body = orjson.dumps({"data": event, "meta": meta})
        # The receiver compares with the time of day, so the carrier's clock is not used.
        return body, signed_headers(self._key, body, time.time())

    async def _post(self, url: str, event: dict[str, Any], attempt: int) -> bool:
        if self.is_quiet:
            self.counts["quiet"] += 1
            return False
        async with self._at_once:
            body, headers = self._written(url, event, attempt)
            self.counts["sent"] += 1
            with trio.move_on_after(self._options.webhook_timeout_s):
                try:
                    reply = await self._reply(url, body, headers)
                except (WireError, ValueError):
                    return False
                taken = 200 <= reply.status < 300
                if taken:
                    self._options.watcher.taken(event)
                return taken
        return False

    async def _reply(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        """Return the answer. Raises WireError; ValueError for a url that is none."""
        return await self._wire.send(HttpRequest("POST", bare(url), tuple(headers.items()), body))
