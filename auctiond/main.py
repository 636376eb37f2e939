"""Builds and wires everything; the only place that does.

The nesting is the order of stopping, from inside out: the web first, then the calls get
time to end, then the writers write what is left, then the database stops.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from actors.call_desk import CallDesk
from actors.shelter import keep_up, open_shelter
from auctiond.billing.stripe_link import StripeLink
from auctiond.calls.call_log import CallLog
from auctiond.calls.health import HealthDesk
from auctiond.calls.leftovers import Leftovers
from auctiond.calls.records import Records
from auctiond.calls.recovery import Recovery
from auctiond.calls.reposting import Reposter
from auctiond.carriers import open_carriers
from auctiond.config import Settings
from auctiond.database import Where, connect
from auctiond.jobs.lag import Lag
from auctiond.jobs.seal import make_sealer
from auctiond.keys.first_key import ensure_first_key
from auctiond.keys.own_vault import open_own_vault
from auctiond.keys.secret import BuyerSecrets
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.lookup_link import open_lookup_link
from auctiond.net.media_link import open_media_link
from auctiond.net.wire import open_wire
from auctiond.networks.applying import Applying
from auctiond.networks.editions import Editions
from auctiond.networks.first_network import load_network
from auctiond.networks.formats import open_shelf
from auctiond.networks.staging import Staging
from auctiond.options import wire_options
from auctiond.parts.api import make_api, make_networks_api, make_once
from auctiond.parts.base import Base, now_ms
from auctiond.parts.billing import Billing, make_billing, open_processor
from auctiond.parts.callbacks import Callbacks, make_callbacks
from auctiond.parts.calls import make_bank, make_switchboard, make_work
from auctiond.parts.desk import make_desk
from auctiond.parts.fleet import (
    FleetPart,
    Job,
    join_fleet,
    make_elsewhere,
    telling,
    while_foreman,
)
from auctiond.parts.flows import make_flows
from auctiond.parts.health import make_health
from auctiond.parts.hooks import make_hooks
from auctiond.parts.jobs import (
    every_workers_jobs,
    make_nightly,
    make_odds_reading,
    make_sealing,
    make_sweeper,
)
from auctiond.parts.notices import NoticePart, make_notices
from auctiond.parts.phone import make_phone
from auctiond.parts.publishers import make_keeper, make_rtb_app
from auctiond.parts.recordings import Recordings, make_recordings, media_places
from auctiond.parts.returns import ReturnPart, make_returns
from auctiond.parts.unfinished import make_leftovers, make_recovery, make_reposter
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.calls import Calls
from auctiond.pg.claims import Claims, enter
from auctiond.pg.inbox import Inbox
from auctiond.pg.ledger_book import open_book
from auctiond.pg.network_stages import NetworkStages
from auctiond.pg.networks import Networks
from auctiond.pg.ping_counts import KeptPings
from auctiond.pg.posts import Posts
from auctiond.pg.rtb import RtbPings
from auctiond.rtb.keeper import Keeper
from auctiond.web.app import Doors
from auctiond.web.auth import Gate
from auctiond.web.flows import FlowsApi
from auctiond.web.history import HistoryApi
from auctiond.web.keys import KeysApi
from auctiond.web.posts import PostsApi
from auctiond.web.rtb_api import RtbApi
from auctiond.web.targets import TargetsApi
from auctiond.workers.fleet import Fleet

FLUSH_S = 10.0  # For what is still to be written at the end.
READY_S = 2.0


@dataclass(slots=True)
class Server:
    """A server whose parts are wired and whose calls are back."""

    base: Base
    desk: CallDesk
    recovery: Recovery
    leftovers: Leftovers
    reposter: Reposter
    staging: Staging
    doors: Doors
    health: HealthDesk
    keeper: Keeper
    editions: Editions
    callbacks: Callbacks
    notices: NoticePart
    returns: ReturnPart
    recordings: Recordings
    fleet_part: FleetPart
    billing: Billing
    is_open: bool = False

    def more_jobs(self) -> tuple[Job, ...]:
        """Return the background work of the parts, which each worker does for itself."""
        return (*self.billing.jobs, self.returns.rates.run)

    def once_jobs(self) -> tuple[Job, ...]:
        """Return the background work that one worker does for all."""
        return (
            make_sweeper(self.base, self.leftovers, self.desk).run,
            make_sealing(self.base),
            make_nightly(self.base, self.notices.notices),
            self.reposter.run,
            self.callbacks.dialler.run,
            self.notices.courier.run,
            self.recordings.keeper.run,
            self.staging.run,
            *self.billing.once_jobs,
        )


@asynccontextmanager
async def open_server(
    settings: Settings, where: Where, log: Log, fleet: Fleet | None = None
) -> AsyncIterator[Server]:
    """Open everything but the web server itself; the calls of the last run are back.

    `fleet` are the other workers of a server that has several.
    """
    metrics, fleet = Metrics(), fleet or Fleet()
    async with connect(where) as pg, pg.held() as inbox_pg, pg.held() as calls_pg:
        claims = Claims(pg, fleet.seat.epoch or await enter(pg, fleet.seat.slot))
        calls, inbox = Calls(calls_pg, claims.epoch), Inbox(inbox_pg)
        call_log = CallLog(calls.append_events, now_ms, log)
        rtb = RtbPings(pg)
        async with trio.open_nursery() as writers, open_book(pg) as book:
            for run in (calls.run, inbox.run, call_log.run, rtb.run):
                writers.start_soon(run)
            async with (
                open_wire(wire_options(settings)) as wire,
                open_carriers(settings, fleet.hint) as carriers,
                open_lookup_link() as lookups,
                open_media_link(*media_places(settings)) as media,
                open_processor(settings) as processor,
                fleet.open(),
                open_shelter(drain_s=settings.drain_s) as shelter,
            ):
                vault = await open_own_vault(pg, settings.key_path)
                lag = Lag(metrics, settings.shed_after_ms)
                parts = (settings, pg, book, calls, inbox, shelter, wire, carriers, vault)
                base = Base(*parts, call_log, metrics, lag, log, rtb, lookups, media)
                base.fleet, base.is_ours = fleet, claims.is_ours
                server = wire_up(base, processor)
                async with trio.open_nursery() as nursery:
                    for job in (*every_workers_jobs(base, server.fleet_part), *server.more_jobs()):
                        nursery.start_soon(keep_up, job)
                    await begin(server, claims)
                    nursery.start_soon(while_foreman, fleet, *server.once_jobs())
                    yield server
                    nursery.cancel_scope.cancel()
            with trio.move_on_after(FLUSH_S):
                await call_log.flushed()
            with trio.move_on_after(FLUSH_S):
                await KeptPings(pg, server.base.pings).try_to_keep(now_ms(), log)
            if fleet.is_alone:  # Who comes to a stopped server finds it sealed.
                with trio.move_on_after(FLUSH_S):
                    await make_sealer(pg, settings).try_to_seal()
            writers.cancel_scope.cancel()


def wire_up(base: Base, processor: StripeLink | None = None) -> Server:
    """Return the server built on `base`. Nothing runs yet."""
    server: Server
    applying = telling(make_applying(base), base.fleet)
    bank, phone = make_bank(base), make_phone(base)
    callbacks = make_callbacks(base, lambda: server.desk)
    keeper, health = make_keeper(base), make_health(base)
    recordings = make_recordings(base, lambda id_: server.desk.find(id_))
    flows = make_flows(
        base, phone, recordings.recorder.live, callbacks.desk.want_in_call, recordings.recorder
    )
    parts = (base, bank, phone, health, keeper, flows)
    tell = lambda id_, event: server.desk.tell(id_, event)  # noqa: E731
    work = recordings.following(make_work(*parts, tell, callbacks.work))
    desk = make_desk(base, work, callbacks, recordings)
    switchboard = recordings.listening_too(callbacks.listening(make_switchboard(base, desk, flows)))
    editions = Editions(base.networks, applying, base.log)
    staging = Staging(NetworkStages(base.pg, base.vault), applying, base.log, now_ms)
    recovery = make_recovery(base, editions, desk, switchboard, phone)
    leftovers = make_leftovers(base, editions, desk, bank)
    elsewhere = make_elsewhere(base, desk)
    reposter = make_reposter(base, editions, elsewhere.tell)
    once, part = make_once(base), join_fleet(base, health.pauses, applying, elsewhere)
    notices = make_notices(base)
    returns = make_returns(base, health.pauses, notices.notices, once)
    billing = make_billing(base, processor, once, notices.notices)
    doors = Doors(
        make_hooks(base, switchboard, lambda: server.is_open),
        make_api(base, editions, elsewhere, leftovers, once),
        make_networks_api(base, staging),
        KeysApi(Gate(ApiKeys(base.pg)), ApiKeys(base.pg), os.urandom),
        HistoryApi(Gate(ApiKeys(base.pg)), Records(base.calls)),
        PostsApi(Gate(ApiKeys(base.pg)), Posts(base.pg), base.metrics, now_ms),
        base.metrics,
        lambda: why_not_ready(server),
        TargetsApi(Gate(ApiKeys(base.pg)), base.networks, health),
        make_rtb_app(base, work.auctioneer, desk, lambda: server.is_open),
        RtbApi(Gate(ApiKeys(base.pg)), base.rtb_pings),
        callbacks.api(),
        FlowsApi(Gate(ApiKeys(base.pg)), applying),
        notices.api,
        *returns.apis,
        recordings.api(),
        billing.doors,
        base.settings.metrics_at,
    )
    books = (health, keeper, editions, callbacks, notices, returns, recordings, part, billing)
    server = Server(base, desk, recovery, leftovers, reposter, staging, doors, *books)
    return server


def make_applying(base: Base) -> Applying:
    """Return what applies networks."""
    secrets = BuyerSecrets(base.settings.secrets_path, base.settings.own_references)
    networks, shelf = Networks(base.pg, base.vault), open_shelf(base.settings.buyers_path)
    return Applying(networks, base.networks, shelf, secrets, base.log)


async def begin(server: Server, claims: Claims) -> None:
    """Load the network and the balances, bring back the calls, and only then open the hooks."""
    base, seat = server.base, server.base.fleet.seat
    await ensure_first_key(ApiKeys(base.pg), base.settings.admin_key_path)
    if sealed := await server.staging.applying.networks.seal_plain():
        base.log.info("network.sealed", versions=sealed)
    await load_network(server.staging.applying, base.settings.network_file)
    base.usage.hear(await base.book.balances())
    await KeptPings(base.pg, base.pings).restore(now_ms())
    await server.fleet_part.sharing.catch_up()
    await make_odds_reading(base).once()
    await server.health.pauses.load()
    if seat.first:  # Later, what is under way is another worker's.
        await server.reposter.resume()
    await server.keeper.load(server.editions)  # Before the calls that came for a promise.
    await server.recordings.recorder.resume()
    await claims.claim(seat.living, seat.part, seat.parts)
    await server.recovery.run()
    server.is_open = True
    if seat.part == 0:
        await server.recovery.deliver_unclaimed()
    if seat.first:
        await server.leftovers.settle()


async def why_not_ready(server: Server) -> str:
    """Return why no calls can be taken now; "" when they can."""
    if not server.is_open:
        return "the calls of the last run are being brought back"
    with trio.move_on_after(READY_S):
        if await server.base.pg.is_alive():
            return ""
    return "the database is away"
