"""The part of the server that does the work of calls, put together."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from actors.call_desk import CallDesk
from auctiond.calls.auctioneer import Auctioneer
from auctiond.calls.bank import Bank
from auctiond.calls.call_work import CallbackWork, CallWork
from auctiond.calls.callers import Callers
from auctiond.calls.confirming import Confirmer
from auctiond.calls.health import HealthDesk
from auctiond.calls.intake import Intake
from auctiond.calls.phone import Phone
from auctiond.calls.posting import Poster
from auctiond.calls.switchboard import Switchboard
from auctiond.flows.desk import FlowDesk
from auctiond.lookups.callers import CallerLookups
from auctiond.lookups.desk import LookupDesk
from auctiond.parts.base import Base, now_ms
from auctiond.pg.posts import Posts
from auctiond.pg.suppressions import LookupCache
from auctiond.rtb.keeper import Keeper
from market.call import Event


def make_bank(base: Base) -> Bank:
    """Return what sets money aside, and settles it."""
    return Bank(
        base.book,
        base.usage,
        base.networks,
        base.shelter,
        base.metrics,
        base.log,
        base.call_log.flushed,
        base.call_log.note,
    )


def make_switchboard(base: Base, desk: CallDesk, flows: FlowDesk) -> Switchboard:
    """Return what tells calls the carrier's news."""
    return Switchboard(desk, base.leads, base.call_log, base.metrics, now_ms, flows=flows)


def make_intake(base: Base, keeper: Keeper) -> Intake:
    """Return who screens calls."""
    return Intake(
        base.networks,
        base.leads,
        base.calls,
        Callers(base.calls, base.log),
        base.vault,
        base.shelter,
        base.call_log,
        base.log,
        now_ms,
        keeper,
        base.is_ours,
        CallerLookups(
            LookupDesk(base.lookups, LookupCache(base.pg), base.metrics, base.log, now_ms),
            base.networks,
        ),
    )


def make_auctioneer(
    base: Base, health: HealthDesk, tell: Callable[[UUID, Event], object]
) -> Auctioneer:
    """Return what holds auctions."""
    return Auctioneer(
        base.wire,
        base.shelter,
        base.usage,
        base.metrics,
        base.call_log,
        health,
        now_ms,
        base.lag.ms,
        base.settings.shed_after_ms,
        base.settings.late_ping_s,
        tell,
        pings=base.pings,
        odds=base.odds,
        tokens=base.tokens,
        turnstile=base.lag.turnstile,
    )


def make_work(
    base: Base,
    bank: Bank,
    phone: Phone,
    health: HealthDesk,
    keeper: Keeper,
    flows: FlowDesk,
    tell: Callable[[UUID, Event], object],
    callbacks: Callable[[Intake, Phone], CallbackWork],
) -> CallWork:
    """Return the work of calls."""
    auctioneer = make_auctioneer(
        base, health, lambda id_, event: keeper.hear(id_, event) or tell(id_, event)
    )
    poster = Poster(
        base.wire,
        base.shelter,
        base.networks,
        Posts(base.pg),
        tell,
        base.metrics,
        base.log,
        now_ms,
        base.tokens.of,
    )
    confirmer = Confirmer(
        base.wire, base.shelter, base.networks, base.call_log, base.log, now_ms, base.tokens.of
    )
    intake = make_intake(base, keeper)
    return CallWork(
        base.networks,
        base.leads,
        intake,
        phone,
        auctioneer,
        bank,
        poster,
        confirmer,
        base.call_log,
        now_ms,
        health,
        flows,
        odds=base.odds,
        leg_failed=base.metrics.leg_failed,
        keeper=keeper,
        callbacks=callbacks(intake, phone),
    )
