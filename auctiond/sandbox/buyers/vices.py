"""How a buyer answers badly: what it does to the connection instead of an honest answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import trio

from auctiond.sandbox.buyers.connection import Connection
from auctiond.sandbox.buyers.laws import GARBAGE, LATE_S, UNTOLD_DEADLINE_MS
from auctiond.sandbox.buyers.nonsense import Write, http, nonsense

DRIP_S = 0.05  # Between two bytes: an answer takes some ten seconds, and never pauses for one.


@dataclass(frozen=True, slots=True)
class Intent:
    """What the buyer would have answered, were it honest."""

    body: bytes
    write: Write
    price: bytes
    number: bytes
    delay_s: float
    told_ms: float  # The deadline the ping told, or 0.


async def _silence(connection: Connection, intent: Intent) -> bool:
    await connection.wait_gone()
    return True


async def _error(connection: Connection, intent: Intent) -> bool:
    await trio.sleep(intent.delay_s)
    await connection.send(http(b'{"error":"try again"}', status=b"500 Internal Server Error"))
    return False


async def _drip(connection: Connection, intent: Intent) -> bool:
    for byte in http(intent.body):
        await connection.send(bytes((byte,)))
        await trio.sleep(DRIP_S)
    return False


async def _close_after(connection: Connection, intent: Intent) -> bool:
    await trio.sleep(intent.delay_s)
    await connection.send(http(intent.body))
    return True


async def _close_inside(connection: Connection, intent: Intent) -> bool:
    await trio.sleep(intent.delay_s)
    await connection.send(http(intent.body)[: -len(intent.body) // 2])
    return True


async def _late(connection: Connection, intent: Intent) -> bool:
    await trio.sleep((intent.told_ms or UNTOLD_DEADLINE_MS) / 1000 + LATE_S)
    await connection.send(http(intent.body))
    return False


Vice = Callable[[Connection, Intent], Awaitable[bool]]  # Whether the connection ends with it.


def _nonsense(kind: str) -> Vice:
    async def answer(connection: Connection, intent: Intent) -> bool:
        await trio.sleep(intent.delay_s)
        data, closes = nonsense(kind, intent.write, intent.price, intent.number)
        await connection.send(data)
        return closes

    return answer


VICES: dict[str, Vice] = {
    "silence": _silence,
    "error": _error,
    "drip": _drip,
    "close_after": _close_after,
    "close_inside": _close_inside,
    "late": _late,
    **{kind: _nonsense(kind) for kind in GARBAGE},
}
