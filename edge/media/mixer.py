"""The switch's clock: every 20 ms what each leg says goes to who hears it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from edge.media.leg import Leg
from edge.media.sound import FRAME_S

BEHIND_S = 0.2  # A clock that is later than that gives up catching up: sound has a gap then.


async def run_clock(live: Mapping[str, Leg]) -> None:
    """Move sound between `live` legs for as long as the switch runs."""
    loop = asyncio.get_running_loop()
    at = loop.time()
    while True:
        at += FRAME_S
        if loop.time() - at > BEHIND_S:
            at = loop.time()
        await asyncio.sleep(max(0.0, at - loop.time()))
        _move([leg for leg in live.values() if leg.up_ms is not None])


def _move(up: Collection[Leg]) -> None:
    said = {leg.ref: leg.line.read() for leg in up if leg.line is not None}
    for leg in up:
        sound = said.get(leg.peer.ref, b"") if leg.peer is not None else _next(leg)
        if sound and leg.line is not None:
            leg.line.write(sound)
        if leg.tape is not None:
            leg.tape.add(said.get(leg.ref, b""), sound)


def _next(leg: Leg) -> bytes:
    """Return the next 20 ms of what the leg hears from us."""
    hearing = leg.hearing
    if hearing is None:
        return b""
    frame = hearing.frame()
    if hearing.is_over:
        leg.hear(None, "completed")
    return frame
