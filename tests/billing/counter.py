"""All that brings money in, on a real database and a sandbox Stripe, without the server around."""

from __future__ import annotations

import os
import time
from calendar import monthrange
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2
import trio

from auctiond.billing.asking import Asker
from auctiond.billing.collector import Collector
from auctiond.billing.desk import PaymentDesk
from auctiond.billing.disputes import Disputes
from auctiond.billing.hearing import Hearing, NotGenuine
from auctiond.billing.levels import LevelWatch
from auctiond.billing.outcomes import Outcomes
from auctiond.billing.recharging import Recharger
from auctiond.billing.till import Till
from auctiond.calls.bank import Usage
from auctiond.keys.secret import Secret
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.door import Pg, open_pg
from auctiond.pg.intents import Intent, Intents
from auctiond.pg.ledger_book import PgBook, open_book
from auctiond.pg.notices import NoticeBook
from auctiond.pg.payers import Payers
from auctiond.pg.wallet_rules import WalletRule, WalletRules
from ledger.moves import hold_for
from market.ids import id_at
from market.money import micros
from tests.billing.bench import Bench, open_bench

WALLET = "wallet:acme"
SECRET = Secret("whsec_sandbox")


@dataclass
class Clock:
    """Our time: that of the machine, and perhaps ahead."""

    ahead_ms: int = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_ms


@dataclass
class Counter:
    pg: Pg
    book: PgBook
    bench: Bench
    clock: Clock
    collector: Collector
    desk: PaymentDesk
    rules: WalletRules
    levels: LevelWatch
    credits: dict[str, int] = field(default_factory=dict)

    async def card(self, number: str, payer: str = WALLET) -> str:
        """Let a person leave a card on a page, and return its id once we know of it."""
        page = await self.desk.open_page(new_id(), payer, micros("0"), "key")
        before = await self.desk.payers.methods(payer)
        await self.bench.play("POST", f"checkout/{page.id}", card=number)
        await self.heard()
        if await self.desk.payers.methods(payer) == before:  # The webhook was lost.
            self.later(0.2)
            await self.work()
        return (await self.desk.payers.methods(payer))[0].id

    async def top_up(self, amount: str = "100", name: str = "") -> Intent:
        """Want a top-up with the newest card."""
        id_ = named(name) if name else new_id()
        return await self.desk.top_up(id_, WALLET, micros(amount), "", "key")

    async def work(self, looks: int = 3) -> None:
        """Let the collector do all that is due; what tells of it takes a moment on the wire."""
        for _ in range(looks):
            await self.collector.look()
            await trio.sleep(0.02)

    async def heard(self, count: int = 1) -> None:
        """Wait until the processor's webhooks have come, and see to them."""
        with trio.fail_after(60):
            while self.bench.stripe.hooks._pending:  # noqa: ASYNC110 It is another's count.
                await trio.sleep(0.01)
        await self.collector.look()

    async def state(self, intent: Intent) -> Intent:
        """Return an intent as it now is."""
        found = await self.desk.intents.get(intent.id)
        assert found is not None
        return found

    async def balance(self, account: str = WALLET) -> int:
        """Return what is in a wallet."""
        return (await self.book.balances(account)).get(account, (0, 0))[0]

    async def spend(self, amount: str, account: str = "acme") -> None:
        """Set money aside, as a call does."""
        call, far = new_id(), 2**42
        await self.book.apply(
            hold_for(call, 1, buyer=account, price=micros(amount), expires_ms=far)
        )

    async def clearing(self) -> int:
        """Return what lies at the processor, by our ledger."""
        return -(await self.book.sums()).get("processor:stripe", 0)

    def later(self, hours: float) -> None:
        """Let time pass, for us and for the processor."""
        self.clock.ahead_ms += int(hours * 3_600_000)
        self.bench.stripe.clock.set_ahead(self.clock.ahead_ms / 1000)

    def hours_to_next_month(self) -> float:
        """Return how long it is until the first of the next month, and an hour more."""
        now = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)
        days = monthrange(now.year, now.month)[1]
        first = now.replace(day=days, hour=0, minute=0, second=0) + timedelta(days=1, hours=1)
        return (first - now) / timedelta(hours=1)

    async def levels_told(self) -> list[tuple[str, str, dict]]:
        """Look at balances, and return all that was told of them, in order."""
        await self.levels.look()
        return [each for each in await self.told() if each[0].endswith((".low", ".empty"))]

    async def told(self) -> list[tuple[str, str, dict]]:
        """Return what was told, in order."""
        return await told_in(self.pg)

    async def kinds(self) -> list[str]:
        """Return the kinds of what was told, in order."""
        return [kind for kind, _, _ in await self.told()]

    def made(self, kind: str) -> list[dict]:
        """Return the processor's objects of a kind, oldest first."""
        return list(self.bench.stripe.processor.books.each(kind))[::-1]


async def told_in(pg: Pg) -> list[tuple[str, str, dict]]:
    """Return the notices in a database: kind, party and data, in order."""
    found = await NoticeBook(pg).recent(99, None, None)
    return [(e.notice.kind, e.notice.party, dict(e.notice.data)) for e in reversed(found)]


def new_id() -> UUID:
    """Return a new id of this moment."""
    return id_at(time.time_ns() // 1_000_000, os.urandom(16))


def named(name: str) -> UUID:
    """Return the id of that name: the same again."""
    return id_at(time.time_ns() // 1_000_000 // 3_600_000 * 3_600_000, name.encode())


def rule(threshold: str = "50", amount: str = "200", **more: object) -> WalletRule:
    """Return a rule of the wallet."""
    return WalletRule(WALLET, True, micros(threshold), micros(amount), "", **more)


@asynccontextmanager
async def open_counter(url: str, **options):
    """Open it all; webhooks come straight to who hears them."""
    async with open_pg(url) as pg, open_book(pg) as book, open_bench(**options) as bench:
        clock = Clock()
        counter = put_together(pg, book, bench, clock)

        async def hook(request: httpx2.Request) -> httpx2.Response:
            try:
                await counter.collector.hearing.receive(request.content, request.headers)
            except NotGenuine:
                return httpx2.Response(403)
            return httpx2.Response(200)

        async with httpx2.AsyncClient(transport=httpx2.MockTransport(hook)) as client:
            hooks = bench.stripe.hooks
            hooks._client, hooks.url = client, "http://here/hooks/stripe"
            yield counter


def put_together(pg: Pg, book: PgBook, bench: Bench, clock: Clock) -> Counter:
    """Return the parts, as auctiond/parts/billing.py has them."""
    log, metrics, intents, payers = Log("test"), Metrics(), Intents(pg), Payers(pg)
    rules, credits = WalletRules(pg), {}

    till = Till(book, Usage(), rules.is_booked)
    recharger = Recharger(rules, log, clock.now_ms, new_id)
    outcomes = Outcomes(intents, payers, till, metrics, log, clock.now_ms, recharger.aftermath)
    asker = Asker(bench.link, intents, payers, outcomes, log, clock.now_ms)
    disputes = Disputes(intents, payers, till, log, clock.now_ms)
    hearing = Hearing(
        bench.link,
        intents,
        payers,
        outcomes,
        disputes,
        (SECRET, Secret("")),
        metrics,
        clock.now_ms,
        lambda: None,
    )
    collector = Collector(intents, payers, asker, hearing, recharger, log, clock.now_ms)
    desk = PaymentDesk(
        intents,
        payers,
        rules,
        asker,
        lambda: ("acme", "zenith"),
        "https://x.example",
        clock.now_ms,
        collector.wake,
    )
    levels = LevelWatch(rules, lambda: credits, lambda: None, log, clock.now_ms)
    return Counter(pg, book, bench, clock, collector, desk, rules, levels, credits)
