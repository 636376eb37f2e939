"""The parts of the server, each built on the same base; main.py puts them together."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from actors.call_desk import CallDesk
from actors.shelter import Shelter
from auctiond.calls.auctioneer import Auctioneer
from auctiond.calls.bank import Bank, Usage
from auctiond.calls.call_log import CallLog
from auctiond.calls.call_work import CallbackWork, CallWork
from auctiond.calls.callers import Callers
from auctiond.calls.confirming import Confirmer
from auctiond.calls.health import HealthDesk
from auctiond.calls.intake import Intake
from auctiond.calls.leads import Leads
from auctiond.calls.leftovers import Leftovers
from auctiond.calls.news import News
from auctiond.calls.odds import OddsBook
from auctiond.calls.phone import Phone
from auctiond.calls.posting import Poster
from auctiond.calls.records import Records
from auctiond.calls.recovery import Recovery
from auctiond.calls.reposting import Reposter
from auctiond.calls.switchboard import Switchboard
from auctiond.calls.tokens import TokenDesk
from auctiond.carriers import Carriers
from auctiond.config import Settings
from auctiond.flows.desk import FlowDesk
from auctiond.jobs.lag import Lag
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.lookups.callers import CallerLookups
from auctiond.lookups.desk import LookupDesk
from auctiond.metrics import Metrics
from auctiond.money_desk import MoneyDesk
from auctiond.net.lookup_link import LookupLink
from auctiond.net.media_link import MediaLink
from auctiond.net.wire import Wire
from auctiond.networks.dry_run import DryRun
from auctiond.networks.editions import Editions
from auctiond.networks.network_book import NetworkBook
from auctiond.networks.staging import Staging
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.calls import Calls
from auctiond.pg.door import Pg
from auctiond.pg.inbox import Inbox
from auctiond.pg.ledger_book import PgBook
from auctiond.pg.once import OnceStore
from auctiond.pg.people import People
from auctiond.pg.posts import Posts
from auctiond.pg.rtb import RtbPings
from auctiond.pg.suppressions import LookupCache
from auctiond.rtb.keeper import Keeper
from auctiond.rtb.live import LiveBids
from auctiond.web.api import Api
from auctiond.web.auth import Gate
from auctiond.web.idempotency import Once
from auctiond.web.networks import NetworksApi
from auctiond.workers.elsewhere import Elsewhere
from auctiond.workers.fleet import Fleet
from market.call import Event
from market.ids import id_at
from routing.ping_caps import PingCounts

IsOurs = Callable[[UUID], Awaitable[bool]]


@dataclass(slots=True)
class Base:
    """What everything else stands on."""

    settings: Settings
    pg: Pg
    book: PgBook
    calls: Calls
    inbox: Inbox
    shelter: Shelter
    wire: Wire
    carriers: Carriers
    vault: Vault
    call_log: CallLog
    metrics: Metrics
    lag: Lag
    log: Log
    rtb_pings: RtbPings
    lookups: LookupLink
    media: MediaLink
    usage: Usage = field(default_factory=Usage)
    pings: PingCounts = field(default_factory=PingCounts)
    odds: OddsBook = field(default_factory=OddsBook)
    networks: NetworkBook = field(default_factory=NetworkBook)
    fleet: Fleet = field(default_factory=Fleet)  # The other workers, if there are any.
    is_ours: IsOurs | None = None  # Whether we lead a call that is on record.
    live_bids: LiveBids = field(default_factory=LiveBids)  # What publishers were promised.
    leads: Leads = field(default_factory=Leads)
    tally: Counter[str] = field(default_factory=Counter)  # Calls ended since the start, by how.
    tokens: TokenDesk = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = TokenDesk(self.networks, self.wire, self.log, now_ms)


def now_ms() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def new_id() -> UUID:
    """Return a new id of this moment."""
    return id_at(now_ms(), os.urandom(16))


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


def make_recovery(
    base: Base, editions: Editions, desk: CallDesk, switchboard: Switchboard, phone: Phone
) -> Recovery:
    """Return what brings calls back."""
    return Recovery(
        Records(base.calls),
        News(base.inbox, base.vault, base.log),
        People(base.pg),
        base.vault,
        editions,
        base.leads,
        base.call_log,
        desk,
        switchboard,
        phone,
        base.log,
        now_ms,
    )


def make_switchboard(base: Base, desk: CallDesk, flows: FlowDesk) -> Switchboard:
    """Return what tells calls the carrier's news."""
    return Switchboard(desk, base.leads, base.call_log, base.metrics, now_ms, flows=flows)


def make_reposter(
    base: Base, editions: Editions, tell: Callable[[UUID, Event], object]
) -> Reposter:
    """Return what sees to posts that nobody knows the end of."""
    return Reposter(
        Posts(base.pg),
        Records(base.calls),
        People(base.pg),
        base.vault,
        editions,
        base.networks,
        base.wire,
        tell,
        base.metrics,
        base.log,
        now_ms,
        base.tokens.of,
    )


def make_leftovers(base: Base, editions: Editions, desk: CallDesk, bank: Bank) -> Leftovers:
    """Return what settles the money that no live call will settle."""
    news = News(base.inbox, base.vault, base.log)
    records = Records(base.calls)
    return Leftovers(records, editions, news, base.carriers, desk, bank, base.log, now_ms)


def make_once(base: Base) -> Once:
    """Return what has POSTs with a key done once; one for the whole server."""
    return Once(OnceStore(base.pg), now_ms, new_id, new_id())


def make_api(
    base: Base, editions: Editions, elsewhere: Elsewhere, leftovers: Leftovers, once: Once
) -> Api:
    """Return the API."""
    desk = elsewhere.desk
    seal_path = base.settings.seal_path
    money = MoneyDesk(base.book, base.usage, base.networks, base.pg, seal_path, now_ms)
    gate = Gate(ApiKeys(base.pg))
    records, posts = Records(base.calls), Posts(base.pg)
    return Api(gate, records, posts, desk, elsewhere, money, leftovers, editions, once)


def make_networks_api(base: Base, staging: Staging) -> NetworksApi:
    """Return the API of the network."""
    dry = DryRun(Records(base.calls), staging.applying.networks)
    return NetworksApi(Gate(ApiKeys(base.pg)), staging.applying, staging, dry)


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
            base.log,
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
