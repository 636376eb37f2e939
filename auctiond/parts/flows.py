"""The part of the server that leads calls through their flows, put together."""

from __future__ import annotations

from auctiond.calls.phone import Phone
from auctiond.flows.answers import Answers
from auctiond.flows.calling_back import CallingBack, Want
from auctiond.flows.desk import FlowDesk
from auctiond.flows.outcomes import Outcomes, Recorder
from auctiond.flows.places import Live, Places
from auctiond.flows.ring_all import RingAll
from auctiond.flows.webhook import Webhooks
from auctiond.keys.secret import BuyerSecrets
from auctiond.parts.base import Base, now_ms
from auctiond.pg.people import People


def make_flows(base: Base, phone: Phone, live: Live, want: Want, recorder: Recorder) -> FlowDesk:
    """Return what leads calls through their flows."""
    secrets = BuyerSecrets(base.settings.secrets_path, base.settings.own_references)
    calling_back = CallingBack(base.leads, base.call_log, base.log, want)
    return FlowDesk(
        base.networks,
        base.leads,
        phone,
        Answers(base.leads, base.calls, People(base.pg), base.vault, base.shelter, base.log),
        Webhooks(base.wire, secrets, base.log),
        Outcomes(base.call_log, base.shelter, calling_back, recorder),
        RingAll(phone, base.leads, base.shelter, base.log, now_ms),
        now_ms,
        Places(live),
    )
