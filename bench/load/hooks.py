"""The carrier of the webhook measurements: a process that posts signed webhooks as fast as asked.

`python -m bench.load.hooks` reads an order from each line of standard input, signs all webhooks of
it, then sends them over kept connections, and prints how many were answered as wanted, and the
seconds that took. Raw sockets under uvloop, so that what sends costs little beside what receives.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast
from uuid import UUID, uuid4

import orjson
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.sandbox.carrier.signing import public_key, signed_headers
from bench.load.other_side import OtherSide, other_side
from telephony._client_state import write_state

KEY = Ed25519PrivateKey.from_private_bytes(b"a carrier of measurements only!!")
PUBLIC_KEY = public_key(KEY)


@dataclass(frozen=True, slots=True)
class Order:
    """So many webhooks to `path`, each about one of `calls` (their ids), in turns."""

    port: int
    calls: Sequence[str]
    count: int
    path: str = "/hooks/telnyx"
    connections: int = 10
    begins: bool = False  # Each begins a call of its own.
    wanted: int = 200  # The answer that is counted.


def hook_client() -> AbstractContextManager[OtherSide]:
    """Run the carrier while the block lasts."""
    return other_side("bench.load.hooks")


def webhook(call_id: UUID) -> bytes:
    """Return a webhook about the caller's leg of a call: what was spoken has been heard."""
    more = {"client_state": write_state(call_id, 0), "status": "completed"}
    return _event("call.speak.ended", call_id, more)


def arrival() -> bytes:
    """Return the webhook that begins a call."""
    return _event("call.initiated", uuid4(), {"direction": "incoming", "state": "parked"})


def _event(kind: str, call_id: UUID, more: Mapping[str, str]) -> bytes:
    event = {
        "event_type": kind,
        "id": str(uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "record_type": "event",
        "payload": {
            "call_control_id": f"v3:{call_id.hex}-0",
            "call_leg_id": str(uuid4()),
            "call_session_id": f"session-{call_id.hex}",
            "connection_id": "1494404757140276705",
            "from": "+15125550123",
            "to": "+15558000000",
            **more,
        },
    }
    return orjson.dumps({"data": event, "meta": {"attempt": 1, "delivered_to": "http://localhost"}})


def request(path: str, body: bytes) -> bytes:
    """Return `body` as the carrier posts it."""
    headers = signed_headers(KEY, body, time.time())
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection(asyncio.Protocol):
    """Sends one request after the other, each when the one before is answered."""

    def __init__(self, requests: Iterator[bytes], wanted: int, done: asyncio.Future[int]) -> None:
        self._requests = requests
        self._wanted = b"HTTP/1.1 %d" % wanted
        self._done = done
        self._received = b""
        self._answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length or 0):
            self._answered += head.startswith(self._wanted)
            self._received = b""
            self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(self._answered)

    def _next(self) -> None:
        data = next(self._requests, None)
        if data is None:
            self._transport.close()
        else:
            self._transport.write(data)


async def carry_out(order: Order) -> dict[str, Any]:
    """Send what is ordered."""
    loop = asyncio.get_running_loop()
    calls = itertools.cycle([UUID(call) for call in order.calls])
    bodies = (arrival() if order.begins else webhook(next(calls)) for _ in range(order.count))
    requests = iter([request(order.path, body) for body in bodies])
    start_s = time.perf_counter()
    done = [loop.create_future() for _ in range(order.connections)]
    for one in done:
        await loop.create_connection(
            partial(Connection, requests, order.wanted, one), "127.0.0.1", order.port
        )
    answered = sum(await asyncio.gather(*done))
    return {"answered": answered, "seconds": time.perf_counter() - start_s}


def main() -> None:
    """Carry out orders until standard input closes."""
    for line in sys.stdin:
        print(json.dumps(uvloop.run(carry_out(Order(**json.loads(line))))), flush=True)  # noqa: T201  The parent waits for it.


if __name__ == "__main__":
    main()
