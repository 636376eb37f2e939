"""The part of the server that gives carriers commands, put together."""

from __future__ import annotations

from auctiond.calls.phone import Phone
from auctiond.parts.base import Base, now_ms
from auctiond.web.ringback import PATH as RINGBACK


def make_phone(base: Base) -> Phone:
    """Return what gives the carrier commands."""
    polls_s, ringback = base.settings.poll_carrier_every_s, base.settings.reached_at + RINGBACK
    return Phone(
        base.carriers, base.leads, base.shelter, base.log, now_ms, polls_s, str(now_ms()), ringback
    )
