"""Whether anybody was rung at all, where the caller left before the carrier told of the ring.

The work of a state ends with it, and so the wait for the reply to a ring; but what the reply was
decides about money. So the ring is given in the shelter, and what is known is kept with the call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from actors.shelter import Shelter
from auctiond.calls.leads import Lead
from market.call import Call
from market.phone import CarrierError, Dial, LegGone

SURE = ("refused", "not_set_up")  # Why a carrier did not ring. After others it may have.


def not_yet(call: Call, lead: Lead, run: str) -> None:
    """Take down that the ring of `call` was not begun: true only in the run it is begun in."""
    if run and (call.dialled_ms or 0) >= int(run):
        lead.rings[call.leg] = False


async def give(
    dial: Dial, lead: Lead, shelter: Shelter, send: Callable[[Dial], Awaitable[object]]
) -> None:
    """Give `dial`; raise what the carrier's line raises. Cancelled, it is given all the same."""
    failed: list[LegGone | CarrierError] = []
    over = trio.Event()

    async def surely() -> None:
        try:
            await send(dial)
        except (LegGone, CarrierError) as error:
            failed.append(error)
            lead.rings[dial.leg] = isinstance(error, CarrierError) and error.reason not in SURE
        finally:
            over.set()

    lead.rings[dial.leg] = True
    shelter.start("ring", surely)
    await over.wait()
    if failed:
        raise failed[0]


def was_never_rung(call: Call, lead: Lead) -> bool:
    """Tell whether the ring of the current leg was surely not begun."""
    return lead.rings.get(call.leg) is False and call.leg not in lead.refs
