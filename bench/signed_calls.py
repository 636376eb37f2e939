"""Whole phone calls as a carrier's webhooks, signed before the clock starts.

A call is a list of steps: a webhook to send, or a command of the server's to wait for. All ids are
made here, the call's own too, which follows from its first webhook; so nothing has to be read
while the load runs. Talks last a minute by the carrier's clock, and no time at all by ours.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.sandbox.carrier.clock import iso
from market.ids import id_at
from telephony._client_state import write_state

KEY = bytes(range(32))
NUMBER, BUYER = "+15558000000", "+15557110001"
AGO_MS = 120_000  # When the calls began: their talks are over by now.
TALK_MS = 60_000


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as the bytes before and after what its URL says of the worker."""

    head: bytes
    rest: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """For a command whose path ends so."""

    verb: bytes


Step = Hook | Wait


@dataclass(frozen=True, slots=True)
class SignedCall:
    session: str
    legs: tuple[str, str]  # The handles of caller and buyer.
    steps: tuple[Step, ...]


def signed_call(n: int, run: str, key: Ed25519PrivateKey) -> SignedCall:
    """Return the n-th call of a run."""
    session, caller, buyer = f"{run}-{n}", f"v3:{run}-{n}-a", f"v3:{run}-{n}-b"
    at_ms = int(time.time() * 1000) - AGO_MS + n % 1000
    call_id = id_at(at_ms, f"telnyx|{session}".encode())
    a, b = write_state(call_id, 0), write_state(call_id, 1)
    joined, over = at_ms + 9_000, at_ms + 9_000 + TALK_MS
    hung_up = {"hangup_cause": "normal_clearing", "hangup_source": "caller"}

    def hook(name: str, ref: str, state: str | None, at: int, **more: object) -> Hook:
        payload: dict[str, object] = {
            "call_control_id": ref,
            "call_session_id": session,
            "client_state": state,
            "from": f"+1555{n % 10_000_000:07d}",
            "to": NUMBER if ref == caller else BUYER,
            **more,
        }
        event = {"event_type": name, "id": f"{session}-{name}-{ref[-1]}", "occurred_at": iso(at)}
        return _signed(key, orjson.dumps({"data": event | {"payload": payload}}))

    steps: tuple[Step, ...] = (
        hook("call.initiated", caller, None, at_ms, direction="incoming"),
        Wait(b"/actions/answer"),
        hook("call.answered", caller, a, at_ms + 500),
        Wait(b"/actions/transfer"),
        hook("call.initiated", buyer, b, at_ms + 4_000, direction="outgoing"),
        hook("call.answered", buyer, b, at_ms + 8_000),
        hook("call.bridged", buyer, b, joined),
        hook("call.bridged", caller, a, joined),
        hook("call.hangup", buyer, b, over, **hung_up),
        hook("call.hangup", caller, a, over, **hung_up),
    )
    return SignedCall(session, (caller, buyer), steps)


def signed_calls(count: int, run: str) -> Iterator[SignedCall]:
    """Yield so many calls."""
    key = Ed25519PrivateKey.from_private_bytes(KEY)
    for n in range(count):
        yield signed_call(n, run, key)


def _signed(key: Ed25519PrivateKey, body: bytes) -> Hook:
    stamp = str(int(time.time()))
    signature = b64encode(key.sign(stamp.encode() + b"|" + body)).decode()
    headers: Mapping[str, str] = {
        "host": "bench",
        "content-type": "application/json",
        "telnyx-timestamp": stamp,
        "telnyx-signature-ed25519": signature,
        "content-length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return Hook(b"POST /hooks/telnyx", f" HTTP/1.1\r\n{lines}\r\n".encode() + body)
