"""Whole phone calls as a carrier's webhooks, signed before the clock starts.

A call is a list of steps: a webhook to send, or a command of the server's to wait for. All ids are
made here, the call's own too, which follows from its first webhook; so nothing has to be read
while the load runs. Talks last two minutes by the carrier's clock, and no time at all by ours.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.sandbox.carrier.clock import iso
from market.ids import id_at
from telephony._client_state import write_state

KEY = bytes(range(32))
NUMBER, BUYER = "+15558000000", "+15557110001"
AGO_MS = 200_000  # When the calls began: their talks are over by now.
TALK_MS = 120_000
HUNG_UP = {"hangup_cause": "normal_clearing", "hangup_source": "caller"}


@dataclass(slots=True)
class Hook:
    """A webhook; signed when it is made, or when it is needed, and then kept."""

    body: bytes
    key: Ed25519PrivateKey
    signed: tuple[bytes, bytes] | None = field(default=None)

    def parts(self) -> tuple[bytes, bytes]:
        """Return the request's bytes before and after what its URL says of the worker."""
        if self.signed is None:
            stamp = str(int(time.time())).encode()
            signature = b64encode(self.key.sign(stamp + b"|" + self.body))
            head = (
                b" HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
                b"telnyx-timestamp: %b\r\ntelnyx-signature-ed25519: %b\r\n"
                b"content-length: %d\r\n\r\n" % (stamp, signature, len(self.body))
            )
            self.signed = b"POST /hooks/telnyx", head + self.body
        return self.signed


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
    talk: int  # The step with which a talk ends.
    told: tuple[Step, ...]  # What follows when the caller is told that nobody is there.


def signed_call(n: int, run: str, key: Ed25519PrivateKey) -> SignedCall:
    """Return the n-th call of a run, not signed yet."""
    session, caller, buyer = f"{run}-{n}", f"v3:{run}-{n}-a", f"v3:{run}-{n}-b"
    at_ms = int(time.time() * 1000) - AGO_MS + n % 1000
    call_id = id_at(at_ms, f"telnyx|{session}".encode())
    a, b = write_state(call_id, 0), write_state(call_id, 1)
    joined, over = at_ms + 9_000, at_ms + 9_000 + TALK_MS

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
        return Hook(orjson.dumps({"data": event | {"payload": payload}}), key)

    steps: tuple[Step, ...] = (
        hook("call.initiated", caller, None, at_ms, direction="incoming"),
        Wait(b"/actions/answer"),
        hook("call.answered", caller, a, at_ms + 500),
        Wait(b"/actions/transfer"),
        hook("call.initiated", buyer, b, at_ms + 4_000, direction="outgoing"),
        hook("call.answered", buyer, b, at_ms + 8_000),
        hook("call.bridged", buyer, b, joined),
        hook("call.bridged", caller, a, joined),
        hook("call.hangup", buyer, b, over, **HUNG_UP),
        hook("call.hangup", caller, a, over, **HUNG_UP),
    )
    told: tuple[Step, ...] = (
        hook("call.speak.started", caller, a, at_ms + 1_000),
        hook("call.speak.ended", caller, a, at_ms + 4_000, status="completed"),
        Wait(b"/actions/hangup"),
        hook("call.hangup", caller, a, at_ms + 4_500, **HUNG_UP),
    )
    return SignedCall(session, (caller, buyer), steps, len(steps) - 2, told)


def signed_calls(count: int, run: str, *, whole: bool = True) -> Iterator[SignedCall]:
    """Yield so many calls, signed; not `whole`: the first webhook of each alone."""
    key = Ed25519PrivateKey.from_private_bytes(KEY)
    for n in range(count):
        call = signed_call(n, run, key)
        for step in call.steps if whole else call.steps[:1]:
            if isinstance(step, Hook):
                step.parts()
        yield call
