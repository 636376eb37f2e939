"""The dialler, on a real database: nothing lost, nothing doubled, whenever the server stops."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from auctiond.callbacks.deciding import CALLING_MS, LOOKUP_AGAIN_MS, Decider
from auctiond.callbacks.desk import CallbackDesk
from auctiond.callbacks.dialler import Dialler
from auctiond.callbacks.judging import Judge
from auctiond.calls.records import OURS, Records
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.network_book import NetworkBook, compile_edition
from auctiond.pg.callbacks import CallbackBook
from auctiond.pg.calls import CallRow, Calls, EventRow
from auctiond.pg.door import open_pg
from auctiond.pg.people import People
from auctiond.pg.suppressions import Suppressions
from compliance.law.hours_file import SHIPPED, read_law
from market.callback import CallbackTerms, CallbackWanted, Consent
from tests.pg.stores import VAULT
from tests.whole.networks import NUMBER, TWO, network_of

NOON = round(datetime(2026, 11, 24, 17, tzinfo=UTC).timestamp() * 1000)  # In New York.
PERSON = "+12125550177"
TERMS = CallbackTerms(NUMBER, attempts=2, attempts_per_day=2, lookups=("dnc",))
HOUR_MS = 3_600_000


@dataclass
class Lookups:
    """Answers what it is told to."""

    says: str = "clear"

    async def ask(self, number, index, names, bound, deadline):
        return dict.fromkeys(names, self.says)


@dataclass
class Starter:
    """Notes the calls that are started."""

    started: list = field(default_factory=list)

    def start(self, callback, call_id, number, lead):
        assert number == PERSON
        assert "consent_text" in lead
        self.started.append(call_id)


@dataclass
class World:
    """A server's parts that see to callbacks; `again` is the server after a stop."""

    pg: object
    now: int = NOON
    live: set = field(default_factory=set)
    lookups: Lookups = field(default_factory=Lookups)
    starter: Starter = field(default_factory=Starter)

    def __post_init__(self):
        clock = lambda: self.now  # noqa: E731
        network = network_of(TWO, callback=replace(TERMS, lookups=()))
        self.networks = NetworkBook()
        edition = compile_edition(1, network, {}, lambda name: "x")
        self.networks.put(edition, current=True)
        self.book, self.calls = CallbackBook(self.pg), Calls(self.pg)
        law, log, metrics = read_law(SHIPPED.read_text()), Log("test"), Metrics()
        judge = Judge(self.book, Suppressions(self.pg), law, clock)
        parts = (self.networks, People(self.pg), VAULT, self.starter, metrics, log, clock)
        self.decider = Decider(self.book, judge, self.lookups, *parts)
        desk = type("Desk", (), {"find": lambda _, id_: id_ if id_ in self.live else None})()
        self.dialler = Dialler(
            self.book, Records(self.calls), lambda: desk, self.decider, metrics, log, clock
        )
        wake = self.dialler.wake
        self.desk = CallbackDesk(self.book, judge, self.networks, VAULT, metrics, log, clock, wake)

    def look_ups_wanted(self):
        """Have the campaign want a look-up, whose service is the fake."""
        network = self.networks.current.snapshot.network
        (campaign,) = network.campaigns
        changed = replace(network, campaigns=(replace(campaign, callback=TERMS),))
        self.networks.put(compile_edition(2, changed, {}, lambda name: "x"), current=True)

    async def ask(self):
        consent = Consent(
            NOON - 1000, "I agree to be called.", "https://example.com/form", "203.0.113.9"
        )
        wanted = CallbackWanted("calls", "", PERSON, consent, facts=(("zip", "10001"),))
        taken = await self.desk.want(wanted)
        assert taken.result == "new", taken
        return taken.id

    async def end(self, call_id, **summary):
        """Put a call on record that is over."""
        row = CallRow(
            call_id,
            "telnyx",
            OURS + call_id.hex,
            "",
            None,
            None,
            NUMBER,
            "calls",
            "pub",
            1,
            datetime.fromtimestamp(self.now / 1000, UTC),
        )
        await self.calls.open_call(row)
        data = {"reached": False, "no_buyer": False, "callback_cause": "no_answer", "blocked": ""}
        await self.calls.append_events([EventRow(call_id, 0, "ended", self.now, data | summary)])


@pytest.fixture
async def world(pg_url, nursery):
    async with open_pg(pg_url) as pg:
        opened = World(pg)
        nursery.start_soon(opened.calls.run)
        yield opened
        nursery.cancel_scope.cancel()


async def dialled(world):
    """Ask, look once, and return the callback and its call."""
    id_ = await world.ask()
    await world.dialler.look()
    (call,) = world.starter.started
    world.live.add(call)
    return id_, call


async def test_who_may_be_called_is_called_once(world):
    id_, call = await dialled(world)
    for _ in range(3):
        await world.dialler.look()
        world.now += CALLING_MS
    assert world.starter.started == [call]
    assert (await world.book.get(id_)).state == "calling"


async def test_an_attempt_whose_call_never_began_is_begun_again_under_its_id(world):
    """Killed between the attempt's commit and the call's."""
    _, call = await dialled(world)
    after = World(world.pg, now=world.now + CALLING_MS)
    await after.dialler.look()
    assert after.starter.started == [call]


async def test_a_call_whose_end_nobody_told_is_ended_from_its_record(world):
    """Killed between the call's last row and the callback's."""
    id_, call = await dialled(world)
    await world.end(call, reached=True)
    after = World(world.pg, now=world.now + CALLING_MS)
    await after.dialler.look()
    assert (await after.book.get(id_)).reason == "reached"
    assert after.starter.started == []


async def test_the_end_of_a_call_is_seen_to_at_once(world):
    id_, call = await dialled(world)
    world.live.clear()
    await world.end(call)
    world.dialler.ended(call)
    await world.dialler.look()
    found = await world.book.get(id_)
    assert (found.state, found.reason) == ("waiting", "unanswered:no_answer")
    assert found.due_ms == world.now + HOUR_MS


async def test_nobody_is_called_more_often_than_the_campaign_says(world):
    id_, _ = await dialled(world)
    for n in range(2):
        world.live.clear()
        await world.end(world.starter.started[-1])
        world.dialler.ended(world.starter.started[-1])
        await world.dialler.look()
        world.now += HOUR_MS + n
        await world.dialler.look()
    found = await world.book.get(id_)
    assert (found.state, found.reason, found.attempts) == ("over", "attempts_used", 2)
    assert len(world.starter.started) == len(set(world.starter.started)) == 2


async def test_a_call_that_was_blocked_at_the_last_moment_ends_or_waits(world):
    id_, call = await dialled(world)
    world.live.clear()
    await world.end(call, blocked="suppressed:revoked", callback_cause="")
    world.dialler.ended(call)
    await world.dialler.look()
    assert (await world.book.get(id_)).reason == "suppressed:revoked"


@pytest.mark.parametrize(
    ("says", "state", "reason"),
    [
        ("clear", "calling", ""),
        ("listed", "over", "listed:dnc"),
        ("unknown", "waiting", "lookup_failed:dnc"),
    ],
)
async def test_a_lookup_that_does_not_say_clear_keeps_the_phone_silent(world, says, state, reason):
    world.lookups.says = says
    world.look_ups_wanted()
    id_ = await world.ask()
    await world.dialler.look()
    found = await world.book.get(id_)
    assert (found.state, found.reason) == (state, reason)
    assert len(world.starter.started) == (says == "clear")
    if says == "unknown":
        assert found.due_ms == world.now + LOOKUP_AGAIN_MS


async def test_the_erased_are_not_called(world):
    id_ = await world.ask()
    row = await world.book.get(id_)
    await People(world.pg).erase(row.person_id)
    await world.dialler.look()
    assert ((await world.book.get(id_)).reason, world.starter.started) == ("erased", [])


async def test_a_campaign_that_calls_back_no_more_ends_what_waits(world):
    id_ = await world.ask()
    network = network_of(TWO)
    world.networks.put(compile_edition(3, network, {}, lambda name: "x"), current=True)
    await world.dialler.look()
    assert (await world.book.get(id_)).reason == "no_callbacks"
