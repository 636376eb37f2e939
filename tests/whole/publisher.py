"""A publisher's system: it pings us over real HTTP, and sends the call to what it was given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auctiond.sandbox.people import person
from market.network import Publisher, TrackingNumber
from market.rtb import RtbDoor
from tests.whole.networks import NUMBER, TWO, network_of
from tests.whole.stage import SEED, Stage

POOL = ("+15558000001", "+15558000002")
SHARED = "+15558000009"
OTHER_POOL = "+15558000005"
PATIENT = {"told_ms": 4000, "deadline_ms": 10_000, "timeout_ms": 12_000}  # A test machine is slow.


def door(id_: str = "door", publisher: str = "pub", **terms: Any) -> RtbDoor:
    """Return a door whose time runs out only for who does not answer."""
    return RtbDoor(id_, "calls", publisher, **(PATIENT | {"numbers": POOL} | terms))


def network_with(*doors: RtbDoor, targets: Any = TWO, **campaign: Any) -> Any:
    """Return the small network with these doors, and a second publisher."""
    own = [TrackingNumber(one, "calls", "pub") for one in (*POOL, SHARED)]
    other = TrackingNumber(OTHER_POOL, "calls", "other")
    network = network_of(targets, **campaign)
    return replace(
        network,
        publishers=(*network.publishers, Publisher("other", "Other")),
        numbers=(*network.numbers, *own, other),
        rtb=doors,
    )


async def ping(
    stage: Stage, n: int = 0, path: str = "production/door", **fields: str
) -> dict[str, Any]:
    """Ask for a price of the n-th person's call; return our own JSON."""
    caller = {"CID": person(SEED, n).number}
    reply = await stage.people.get(f"{stage.url}/rtb/{path}", params=caller | fields)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


async def call(stage: Stage, bid: dict[str, Any], n: int = 0, **script: object) -> dict[str, Any]:
    """Send the n-th person's call to the number of `bid`; return our record of it."""
    to = bid["number"] or f"sip:{bid['sip']}"
    return await stage.over(await stage.place(n, to, **({"talk_s": 0.6} | script)))


__all__ = ("NUMBER", "call", "door", "network_with", "ping")
