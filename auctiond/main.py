"""Builds and wires everything; the only place that does.

The nesting is the order of stopping, from inside out: the web first, then the calls get
time to end, then the writers write what is left, then the database stops.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import trio

from actors.call_desk import CallDesk
from actors.shelter import Shelter, open_shelter
from auctiond.applying import Applying
from auctiond.auctioneer import Auctioneer
from auctiond.bank import Bank, Usage
from auctiond.call_log import CallLog
from auctiond.call_view import disposition, summary
from auctiond.call_work import CallWork
from auctiond.config import Settings
from auctiond.database import Where, connect
from auctiond.first_key import ensure_first_key
from auctiond.intake import Intake
from auctiond.jobs.lag import Lag
from auctiond.jobs.seal import Sealer
from auctiond.jobs.sweeper import Sweeper
from auctiond.leads import Leads
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.money_desk import MoneyDesk
from auctiond.net.carrier_link import CarrierLink, open_carrier_link
from auctiond.net.wire import Wire, WireOptions, open_wire
from auctiond.network_book import NetworkBook
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.calls import Calls
from auctiond.pg.disclosures import Disclosures
from auctiond.pg.door import Pg
from auctiond.pg.inbox import Inbox
from auctiond.pg.ledger_book import PgBook, open_book
from auctiond.pg.networks import Networks
from auctiond.pg.people import People
from auctiond.phone import Phone
from auctiond.posting import Poster
from auctiond.records import Records
from auctiond.recovery import Recovery
from auctiond.secret import resolve_secret
from auctiond.switchboard import Switchboard
from auctiond.vault import Vault, open_vault
from auctiond.web.api import Api
from auctiond.web.app import Doors
from auctiond.web.auth import Gate
from auctiond.web.hooks import TelnyxHooks
from buyers.library import load_library
from market.call import Call, Event
from telephony.telnyx import TelnyxOptions

FLUSH_S = 10.0  # For what is still to be written at the end.
READY_S = 2.0


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
    carrier: CarrierLink
    vault: Vault
    call_log: CallLog
    metrics: Metrics
    lag: Lag
    log: Log
    usage: Usage = field(default_factory=Usage)
    networks: NetworkBook = field(default_factory=NetworkBook)
    leads: Leads = field(default_factory=Leads)
    tally: Counter[str] = field(default_factory=Counter)  # Calls ended since the start, by how.


@dataclass(slots=True)
class Server:
    """A server whose parts are wired and whose calls are back."""

    base: Base
    desk: CallDesk
    switchboard: Switchboard
    recovery: Recovery
    applying: Applying
    doors: Doors
    is_open: bool = False


def now_ms() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def open_server(settings: Settings, where: Where, log: Log) -> AsyncIterator[Server]:
    """Open everything but the web server itself; the calls of the last run are back."""
    metrics = Metrics()
    async with connect(where) as pg, pg.held() as inbox_pg, pg.held() as calls_pg:
        calls, inbox = Calls(calls_pg), Inbox(inbox_pg)
        call_log = CallLog(calls.append_events, now_ms, log)
        async with trio.open_nursery() as writers, open_book(pg) as book:
            for run in (calls.run, inbox.run, call_log.run):
                writers.start_soon(run)
            async with (
                open_wire(wire_options(settings)) as wire,
                open_carrier_link(telnyx_options(settings)) as carrier,
                open_shelter(drain_s=settings.drain_s) as shelter,
            ):
                vault = open_vault(settings.key_path)
                lag = Lag(metrics)
                parts = (settings, pg, book, calls, inbox, shelter, wire, carrier, vault)
                server = wire_up(Base(*parts, call_log, metrics, lag, log))
                async with jobs(server):
                    await begin(server)
                    yield server
            with trio.move_on_after(FLUSH_S):
                await call_log.flushed()
            writers.cancel_scope.cancel()


def wire_up(base: Base) -> Server:
    """Return the server built on `base`. Nothing runs yet."""
    server: Server
    applying = Applying(Networks(base.pg), base.networks, load_library(), resolve_secret, base.log)
    bank = Bank(base.book, base.usage, base.networks, base.shelter, base.metrics, base.log)
    polls_s = base.settings.poll_carrier_every_s
    phone = Phone(base.carrier, base.leads, base.shelter, base.log, now_ms, polls_s)
    desk = CallDesk(
        base.shelter,
        make_work(base, bank, phone, lambda call_id, event: server.desk.tell(call_id, event)),
        on_drop=lambda _: base.metrics.events_dropped("stale").inc(),
        on_end=lambda call: ended(base, call),
    )
    switchboard = Switchboard(desk, base.leads, base.call_log, base.metrics, now_ms)
    recovery = make_recovery(base, applying, desk, switchboard, phone, bank)
    doors = Doors(
        make_hooks(base, switchboard, lambda: server.is_open),
        make_api(base, applying, desk),
        base.metrics,
        lambda: why_not_ready(server),
    )
    server = Server(base, desk, switchboard, recovery, applying, doors)
    return server


def make_recovery(
    base: Base,
    applying: Applying,
    desk: CallDesk,
    switchboard: Switchboard,
    phone: Phone,
    bank: Bank,
) -> Recovery:
    """Return what brings calls back."""
    return Recovery(
        Records(base.calls),
        base.inbox,
        People(base.pg),
        base.vault,
        applying,
        base.networks,
        base.leads,
        base.call_log,
        desk,
        switchboard,
        phone,
        bank,
        base.log,
        now_ms,
    )


def make_hooks(base: Base, switchboard: Switchboard, is_open: Callable[[], bool]) -> TelnyxHooks:
    """Return the door for Telnyx' webhooks."""
    key = base.settings.telnyx_public_key
    return TelnyxHooks(key, base.inbox, base.vault, switchboard, base.metrics, now_ms, is_open)


def make_api(base: Base, applying: Applying, desk: CallDesk) -> Api:
    """Return the API."""
    seal_path = base.settings.seal_path
    money = MoneyDesk(base.book, base.usage, base.networks, base.pg, seal_path, now_ms)
    gate = Gate(ApiKeys(base.pg))
    return Api(gate, Records(base.calls), desk, base.tally, applying, money)


def make_work(
    base: Base, bank: Bank, phone: Phone, tell: Callable[[UUID, Event], object]
) -> CallWork:
    """Return the work of calls."""
    auctioneer = Auctioneer(
        base.wire,
        base.shelter,
        base.usage,
        base.metrics,
        base.call_log,
        now_ms,
        base.lag.ms,
        base.settings.shed_after_ms,
        base.settings.late_ping_s,
        tell,
    )
    intake = Intake(
        base.networks, base.leads, base.calls, base.vault, base.metrics, base.log, now_ms
    )
    poster = Poster(
        base.wire,
        base.shelter,
        base.networks,
        Disclosures(base.pg),
        base.call_log,
        base.metrics,
        base.log,
        now_ms,
    )
    return CallWork(
        base.networks,
        base.leads,
        intake,
        phone,
        auctioneer,
        bank,
        poster,
        base.call_log,
        now_ms,
    )


def ended(base: Base, call: Call) -> None:
    """Close the books of a call that is over."""
    how = disposition(call)
    base.metrics.calls(how).inc()
    base.tally[how] += 1
    base.call_log.close(call.id, summary(call))
    base.leads.forget(call.id)
    base.log.info("call.ended", call=call.id, leg=call.leg, how=how)


def make_sweeper(server: Server) -> Sweeper:
    """Return what sweeps."""
    base, settings = server.base, server.base.settings
    return Sweeper(
        server.recovery,
        base.book,
        base.inbox,
        base.wire,
        server.desk,
        base.call_log,
        base.metrics,
        base.log,
        settings.sweep_every_s,
        timedelta(days=settings.inbox_keep_days),
    )


async def begin(server: Server) -> None:
    """Load the network and the balances, bring back the calls, and only then open the hooks."""
    base = server.base
    data_dir = base.settings.data_dir
    await ensure_first_key(ApiKeys(base.pg), data_dir / "admin.key")
    if not await server.applying.load() and base.settings.network_file is not None:
        text = base.settings.network_file.read_text(encoding="utf-8")
        await server.applying.apply(text, by="network_file", expected=0)
    base.usage.update(await base.book.balances())
    await server.recovery.run()
    server.is_open = True
    await server.recovery.deliver_unclaimed()
    await server.recovery.settle_leftovers(timedelta(0))


@asynccontextmanager
async def jobs(server: Server) -> AsyncIterator[None]:
    """Run the background work while the block lasts."""
    base = server.base
    sealer = Sealer(base.pg, base.settings.seal_path)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(base.lag.run)
        nursery.start_soon(sealer.run)
        nursery.start_soon(make_sweeper(server).run)
        yield
        nursery.cancel_scope.cancel()


async def why_not_ready(server: Server) -> str:
    """Return why no calls can be taken now; "" when they can."""
    if not server.is_open:
        return "the calls of the last run are being brought back"
    with trio.move_on_after(READY_S):
        if await server.base.pg.is_alive():
            return ""
    return "the database is away"


def wire_options(settings: Settings) -> WireOptions:
    """Return the options of the ping wire."""
    return WireOptions(
        pings_max=settings.ping_connections_per_buyer,
        allowed_networks=settings.ping_allowed_networks,
        ca_file=settings.ping_ca_file,
    )


def telnyx_options(settings: Settings) -> TelnyxOptions:
    """Return the options of the link to Telnyx."""
    return TelnyxOptions(
        api_url=settings.telnyx_api_url,
        api_key=settings.telnyx_api_key.reveal(),
        connection_id=settings.telnyx_connection_id,
        hook_url=settings.telnyx_hook_url,
    )
