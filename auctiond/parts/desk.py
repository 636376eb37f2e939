"""The part of the server where live calls are, put together; and what is done when one is over."""

from __future__ import annotations

from actors.call_desk import CallDesk
from auctiond.calls.call_view import disposition, summary
from auctiond.calls.call_work import CallWork
from auctiond.parts.base import Base
from auctiond.parts.callbacks import Callbacks
from auctiond.parts.recordings import Recordings
from market.call import Call


def make_desk(base: Base, work: CallWork, callbacks: Callbacks, recordings: Recordings) -> CallDesk:
    """Return where live calls are."""
    return CallDesk(
        base.shelter,
        work,
        on_drop=lambda _: base.metrics.events_dropped("stale").inc(),
        on_end=lambda call: ended(base, call, callbacks, recordings),
    )


def ended(base: Base, call: Call, callbacks: Callbacks, recordings: Recordings) -> None:
    """Close the books of a call that is over."""
    how = disposition(call)
    base.metrics.calls(how).inc()
    base.tally[how] += 1
    base.call_log.close(call.id, summary(call))
    if call.origin:
        base.call_log.drop_unrecorded(call.id)
        if base.fleet.is_foreman:  # Else the foreman looks for itself.
            callbacks.dialler.ended(call.id)
    recordings.recorder.forget(call.id)
    base.leads.forget(call.id)
    base.log.info("call.ended", call=call.id, leg=call.leg, how=how)
