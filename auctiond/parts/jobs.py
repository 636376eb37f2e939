"""The background work of the server, put together: of each worker, and what one does for all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from actors.call_desk import CallDesk
from auctiond.calls.leftovers import Leftovers
from auctiond.jobs.nightly_verify import NightlyVerify
from auctiond.jobs.odds_reading import OddsReading
from auctiond.jobs.putting_away import put_away_by_night
from auctiond.jobs.seal import make_sealer, read_seal_file
from auctiond.jobs.sweeper import Sweeper
from auctiond.notices.notices import Notices
from auctiond.parts.base import Base, now_ms
from auctiond.parts.fleet import FleetPart, Job
from auctiond.pg.ledger_check import Report, verify
from auctiond.pg.ping_counts import KeptPings
from auctiond.pg.posts import Posts


def every_workers_jobs(base: Base, fleet_part: FleetPart) -> tuple[Job, ...]:
    """Return what every worker does."""
    return base.lag.run, make_odds_reading(base).run, base.tokens.run, fleet_part.run


def make_odds_reading(base: Base) -> OddsReading:
    """Return what reads how calls went."""
    return OddsReading(base.calls.leg_counts, base.odds, now_ms, base.log)


def make_sealing(base: Base) -> Job:
    """Return what seals the ledger; it goes on from what the file says when it begins."""

    async def seal() -> None:
        await make_sealer(base.pg, base.settings).run()

    return seal


def make_nightly(base: Base, notices: Notices) -> Job:
    """Return what verifies the ledger every night, and then puts old months away."""

    async def tell(night: str, problems: int) -> None:
        await notices.tell("ledger.broken", "", {"problems": problems}, event=night)

    async def check() -> Report:
        return await verify(base.pg, read_seal_file(base.settings.seal_path))

    async def put_away() -> None:
        settings, today = base.settings, datetime.now(UTC).date()
        places = (settings.months_path, settings.seal_path)
        await put_away_by_night(base.pg, *places, today, base.log)

    return NightlyVerify(check, tell, put_away, base.metrics, base.log, now_ms).run


def make_sweeper(base: Base, leftovers: Leftovers, desk: CallDesk) -> Sweeper:
    """Return what sweeps."""
    settings = base.settings
    return Sweeper(
        leftovers,
        base.book,
        base.inbox,
        Posts(base.pg),
        base.wire,
        desk,
        base.call_log,
        base.metrics,
        base.log,
        settings.sweep_every_s,
        timedelta(days=settings.inbox_keep_days),
        base.rtb_pings,
        timedelta(days=settings.rtb_keep_days),
        KeptPings(base.pg, base.pings),
    )
