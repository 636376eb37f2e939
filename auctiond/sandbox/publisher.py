"""A publisher's system: it asks us for a price over HTTP, and then calls where it was told to."""

from __future__ import annotations

from typing import Any

import httpx2

from auctiond.sandbox.chance import draw

_CHOICE = 7  # Which chance is drawn.
Json = dict[str, Any]


async def ask(client: httpx2.AsyncClient, url: str, door: str, **fields: str) -> Json:
    """Return our own JSON answer to a ping at `door` of the server at `url`."""
    reply = await client.get(f"{url}/rtb/production/{door}", params=fields)
    told: Json = reply.json()
    return told


def asks_first(seed: int, n: int, percent: int) -> bool:
    """Tell whether the n-th caller of `seed` is one of the `percent` whose publisher pings."""
    return draw(seed, _CHOICE, n) % 100 < percent


async def offered(
    client: httpx2.AsyncClient, url: str, door: str, order: dict[str, Any]
) -> dict[str, Any]:
    """Return a call as it is to be placed after its publisher has asked: to the bid, if any."""
    told = await ask(client, url, door, CID=order["from"], zipcode=order["lead"]["zip"])
    if told.get("outcome") != "bid":
        return order
    return {**order, "to": told["number"] or f"sip:{told['sip']}"}
