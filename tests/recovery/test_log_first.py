"""The log goes before the world: no move of money, and no row, before what it stands on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import trio
import trio.testing

from actors.shelter import open_shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.callers import Callers
from auctiond.calls.intake import Intake
from auctiond.calls.leads import Lead, Leads
from auctiond.carriers import Carriers
from auctiond.logs import Log
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import QueueFull
from auctiond.web.hooks import Hooks
from market.call import Call, HungUp, Outcome, Settlement
from tests.recovery.kit import AT, BEST, ID, Book, bank_on, network_book
from tests.whole.networks import NUMBER

CALL = Call(ID, arrived_ms=AT, network=1, publisher="pub", tracking_number=NUMBER, leg=1, bid=BEST)


async def test_nothing_is_settled_before_what_decided_it_is_on_record(autojump_clock):
    written = trio.Event()
    book = Book()
    async with open_shelter(drain_s=1) as shelter:
        bank = bank_on(book, shelter, written.wait)
        await bank.hold(CALL, AT)
        settlement = Settlement(1, BEST, Outcome.RELEASE)
        with trio.move_on_after(5):  # As the actor does.
            await bank.settle(CALL, settlement)
        assert book.moves == []
        written.set()
        await trio.testing.wait_all_tasks_blocked()
        assert book.moves == ["Release"]


class Log_:
    """A log of calls, with what was written."""

    def __init__(self):
        self.rows = []
        self.log = CallLog(self._append, lambda: AT, Log())

    async def _append(self, rows):
        self.rows += [(row.call_id, row.seq, row.kind) for row in rows]


async def test_rows_wait_until_their_call_is_on_record(autojump_clock, nursery):
    written = Log_()
    nursery.start_soon(written.log.run)
    written.log.open(ID)
    written.log.event(ID, HungUp(AT))
    written.log.close(ID, {})
    await trio.testing.wait_all_tasks_blocked()
    assert (written.rows, written.log.waiting()) == ([], 2)
    written.log.on_record(ID)
    await written.log.flushed()
    assert written.rows == [(ID, 0, "HungUp"), (ID, 1, "ended")]
    assert written.log.waiting() == 0


async def test_a_call_that_can_never_be_on_record_keeps_no_rows(autojump_clock):
    written = Log_()
    written.log.open(ID)
    written.log.event(ID, HungUp(AT))
    written.log.give_up(ID)
    written.log.event(ID, HungUp(AT))
    assert written.log.waiting() == 0


class Calls:
    """Fails with each of `errors`, then stores."""

    def __init__(self, *errors):
        self.errors, self.stored = list(errors), []

    async def open_call(self, row, person):
        await trio.sleep(0.1)
        if self.errors:
            raise self.errors.pop(0)
        self.stored.append(row.id)
        return True


class Vault:
    def new_person(self):
        return SimpleNamespace(id=ID, wrapped_key=b"")

    def seal_fields(self, person, fields):
        return {}

    def index(self, number):
        return b""


def intake(calls, shelter, call_log):
    leads = Leads()
    leads.put(ID, Lead("session", {0: "leg-0"}, caller="+12025550133"))
    call_log.open(ID)
    callers = Callers(calls, Log())
    return Intake(
        network_book(), leads, calls, callers, Vault(), shelter, call_log, Log(), lambda: AT
    )


async def test_a_caller_who_hangs_up_at_once_is_on_record_all_the_same(autojump_clock, nursery):
    written, calls = Log_(), Calls()
    nursery.start_soon(written.log.run)
    async with open_shelter(drain_s=10) as shelter:
        with trio.move_on_after(0.05):  # The actor leaves SCREENING, and cancels its work.
            await intake(calls, shelter, written.log).screen(replace(CALL, leg=0, bid=None))
        written.log.event(ID, HungUp(AT))
        written.log.close(ID, {})
    await written.log.flushed()
    assert calls.stored == [ID]
    assert [kind for _, _, kind in written.rows] == ["HungUp", "ended"]


@pytest.mark.parametrize("error", [PgAway("away"), QueueFull("too much waits")])
async def test_without_a_database_the_call_goes_on_unsold_and_is_stored_when_it_is_back(
    error, autojump_clock, nursery
):
    written, calls = Log_(), Calls(*[error] * 5)
    nursery.start_soon(written.log.run)
    async with open_shelter(drain_s=60) as shelter:
        cleared = await intake(calls, shelter, written.log).screen(replace(CALL, leg=0, bid=None))
        assert (cleared.tiers, calls.stored) == (0, [])
        written.log.event(ID, cleared)
    await written.log.flushed()
    assert calls.stored == [ID]
    assert [kind for _, _, kind in written.rows] == ["Cleared"]


async def test_a_call_that_the_database_refuses_is_not_tried_for_ever(autojump_clock):
    written, calls = Log_(), Calls(PgError("no", "22000"))
    async with open_shelter(drain_s=60) as shelter:
        cleared = await intake(calls, shelter, written.log).screen(replace(CALL, leg=0, bid=None))
    assert (cleared.tiers, calls.stored, written.log.waiting()) == (0, [], 0)


@pytest.mark.parametrize("is_open", [False, True])
async def test_before_the_calls_are_back_no_webhook_is_taken(is_open):
    news = SimpleNamespace(event_id="n", call_ref="session")
    carrier = SimpleNamespace(is_genuine=lambda _: True, read_webhook=lambda _: (news,))
    stored, told = [], []

    async def put(row):
        stored.append(row.event_id)
        return True

    hooks = Hooks(
        Carriers({"carrier": carrier}),
        SimpleNamespace(put=put),
        SimpleNamespace(seal_blob=lambda *_: b""),
        SimpleNamespace(deliver=told.append),
        SimpleNamespace(webhooks=lambda *_: SimpleNamespace(inc=lambda: None)),
        lambda: AT,
        lambda: is_open,
    )
    verdict = await hooks.receive("carrier", b"{}", {})
    assert verdict.status == (200 if is_open else 503)
    assert (stored, told) == ((["n"], [news]) if is_open else ([], []))
