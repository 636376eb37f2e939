"""Answering machines, told apart from people as carriers do: a moment after the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from auctiond.sandbox.carrier.leg import Leg

if TYPE_CHECKING:
    from auctiond.sandbox.carrier.phone_call import PhoneCall

LISTENS_S = 1.5  # Carriers take two seconds to four; here calls may be in a hurry.
DETECTED = "call.machine.premium.detection.ended"


def detect(call: PhoneCall, leg: Leg) -> None:
    """Listen whether a machine has answered `leg`, where that was asked for."""
    if leg.amd:
        call.start(_listen, call, leg)


async def _listen(call: PhoneCall, leg: Leg) -> None:
    await trio.sleep(LISTENS_S / call.around.options.hurry)
    if leg.alive and leg.phone is not None:
        call.emit(leg, DETECTED, result="machine" if leg.phone.machine else "human_business")
