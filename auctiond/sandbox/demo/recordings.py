"""What the demo recorded: asked of our API, and looked for on the disk, where none may be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import trio

FETCH_S = 8.0  # News of a file may be as late as the carrier is; then it is fetched at once.
POLL_S = 0.2
PAGE = 500
SOUND = (b"RIFF", b"ID3")  # How a file begins that anybody can play.


@dataclass(frozen=True, slots=True)
class Recordings:
    kept: tuple[Mapping[str, Any], ...] = ()
    readable: int = 0  # Files on the disk that are not sealed.


async def recordings(server: httpx2.AsyncClient, folder: Path) -> Recordings:
    """Return what is kept once nothing is under way, or the time is over."""
    found: list[Any] = []
    with trio.move_on_after(FETCH_S):
        while True:
            reply = await server.get("/v1/recordings", params={"limit": PAGE})
            found = reply.json()["recordings"]
            if not any(one["state"] in ("asked", "told") for one in found):
                break
            await trio.sleep(POLL_S)
    kept = tuple(one for one in found if one["state"] == "kept")
    return Recordings(kept, readable_in(folder))


def readable_in(folder: Path) -> int:
    """Return how many files under `folder` are sound that anybody can play."""
    files = (one for one in folder.rglob("*") if one.is_file())
    return sum(_begins(one).startswith(SOUND) for one in files)


def _begins(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(4)
