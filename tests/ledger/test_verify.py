"""`verify` names whatever somebody with all rights did to the ledger behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from shutil import copy

import pytest
import trio

from auctiond.jobs.seal import Sealer, read_seal_file
from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import LedgerWriter, open_book
from auctiond.pg.ledger_check import SQL, verify
from ledger.body import body, read_body
from ledger.moves import Hold, Move, TopUp, capture_for, release_for
from ledger.seals import Seals
from market.money import Micros
from tests.ledger.helpers import SLOT, book_of, hold, top_up
from tests.ledger.tampering import CRIMES, TRIGGERS_OFF, TRIGGERS_ON, Crime, without


def sale(held: Hold, price: int = 300) -> Move:
    payout = Micros(price * 2 // 3)
    return capture_for(held, price=Micros(price), publisher="pub", payout=payout)


def life() -> list[Move]:
    """Return seven entries of a wallet: paid in, sold, expired, held twice, and a sale returned."""
    first, second, third = hold(400), hold(400), hold(300)
    expired, sold = release_for(second, expired=True), sale(first)
    back = book_of("reversal", ("publisher:pub", -200), ("margin", 200), reverses=sold.id)
    return [top_up(2_000), first, sold, second, expired, third, hold(300), back]


@dataclass(frozen=True, slots=True)
class Lived:
    database: str
    seal_path: Path


@pytest.fixture(scope="module")
def lived(pg_server, tmp_path_factory) -> Iterator[Lived]:
    """A ledger with a life, one commit a move, sealed twice on the way. Tests copy it."""
    name = pg_server.make_database("auctiond")
    made = Lived(name, tmp_path_factory.mktemp("lived") / "ledger.seal")

    async def live() -> None:
        async with open_pg(pg_server.embedded.url(database=name), connections_max=1) as pg:
            sealer = Sealer(pg, made.seal_path)
            for number, move in enumerate(life()):
                await LedgerWriter(pg)([move])
                if number in (3, 7):
                    await sealer.seal()

    pg_server.do(live)
    yield made
    pg_server.drop_database(name)


@pytest.fixture
def pg_database(pg_server, lived, request) -> Iterator[str]:
    """The name of a database: a copy of the one with a life where its seal file is asked for."""
    has_life = "seal_path" in request.fixturenames
    name = pg_server.make_database(lived.database if has_life else "auctiond")
    yield name
    pg_server.drop_database(name)


@pytest.fixture
def seal_path(lived, tmp_path) -> Path:
    """The seal file of the ledger with a life."""
    return Path(copy(lived.seal_path, tmp_path))


async def do(pg_super, script: str) -> None:
    await pg_super.run_script(f"{TRIGGERS_OFF};\n{script};\n{TRIGGERS_ON}")


def places(report, place: str, what: str) -> list:
    return [one for one in report.problems if one.place.startswith(place) and what in one.what]


async def test_a_ledger_that_nobody_touched_is_whole(pg, seal_path):
    report = await verify(pg, read_seal_file(seal_path))
    assert report.problems == ()
    assert (report.accounts, report.entries, report.transfers) == (4, 25, 8)
    assert (report.lines, report.seals) == (7, 2)


async def test_whether_postgresql_has_counted_the_rows_is_known(pg, pg_super, seal_path):
    """What it takes for empty it would compare each with each, which took half a minute."""
    assert (await pg.fetch_row(SQL["about"]))["counted"] is False
    await pg_super.run_script("ANALYZE ledger_transfer, ledger_entry")
    about = await pg.fetch_row(SQL["about"])
    assert about["counted"]
    assert (about["entries"], about["transfers"]) == (25, 8)
    assert (await verify(pg, read_seal_file(seal_path))).problems == ()


@pytest.mark.parametrize("crime", CRIMES, ids=lambda crime: crime.name)
async def test_a_change_is_named_even_without_a_seal(pg, pg_super, seal_path, crime: Crime):
    await do(pg_super, crime.script)
    for seals in (Seals(), read_seal_file(seal_path)):
        report = await verify(pg, seals)
        assert places(report, crime.place, crime.what), report.problems


async def test_a_cut_tail_is_found_by_the_seal_and_by_nothing_else(pg, pg_super, seal_path):
    newest = "SELECT id FROM ledger_transfer ORDER BY at DESC LIMIT 2"
    await do(pg_super, without(newest))
    assert (await verify(pg)).problems == ()
    report = await verify(pg, read_seal_file(seal_path))
    assert places(report, "wallet:acme", "was sealed at 7: the end is cut")
    assert places(report, SLOT, "the end is cut")
    assert places(report, "month", "8 moves were sealed, 6 are left")


async def test_an_emptied_ledger_is_found_by_the_seal(pg, pg_super, seal_path):
    await do(pg_super, without("SELECT id FROM ledger_transfer"))
    report = await verify(pg, read_seal_file(seal_path))
    assert places(report, "wallet:acme", "was sealed, and has no entries now")


async def test_a_history_written_anew_is_found_by_the_seal_alone(pg, pg_super, seal_path):
    rows = await pg_super.fetch("SELECT body FROM ledger_transfer ORDER BY at")
    moves = [read_body(row["body"]) for row in rows]
    assert isinstance(moves[0], TopUp)
    moves[0] = TopUp(moves[0].id, moves[0].account, moves[0].amount + 1, moves[0].ref)
    await do(pg_super, without("SELECT id FROM ledger_transfer"))
    replies = await LedgerWriter(pg)(moves)
    assert {reply.code for reply in replies} == {"new"}
    assert (await verify(pg)).problems == ()
    report = await verify(pg, read_seal_file(seal_path))
    assert places(report, "wallet:acme entry 7", "it is not the entry that was sealed")


async def test_a_table_without_its_guards_is_named(pg, pg_super, seal_path):
    await pg_super.run_script(TRIGGERS_OFF)
    found = places(await verify(pg), "table ledger_entry", "its guards are gone")
    assert len(found) >= 5  # The table, and each of its months.


async def test_a_limit_that_was_broken_is_named_although_all_sums_are_right(pg, pg_super):
    """The ledger refuses such moves; this is what a fault in it would look like."""
    late = book_of("charge", ("wallet:acme", -5), ("revenue:fees", 5), until_ms=1_000)
    fee = book_of("charge", ("usage:own", -5), ("revenue:fees", 5))
    over = hold(400, slots=0)
    moves = [late, over, fee]
    text = await pg_super.fetch_value(
        "SELECT pg_get_functiondef('ledger_apply_run'::regproc)::text"
    )
    for check in ("< line_floor[j]", "< noted_us / 1000"):
        assert check in text
        text = text.replace(check, "IS NULL" if "floor" in check else "< 0")
    await pg_super.run_script(text)
    replies = await LedgerWriter(pg)(moves)
    assert {reply.code for reply in replies} == {"new"}
    report = await verify(pg)
    assert places(report, f"hold {over.id}", "whose floor is 0")
    assert places(report, f"charge {late.id}", "its time was over")
    assert places(report, f"charge {fee.id}", "left -5 of usage:own, whose floor is 0")


async def test_a_body_no_program_of_ours_wrote_is_named(pg, pg_super, seal_path):
    paid = (await pg_super.fetch_row("SELECT body FROM ledger_transfer WHERE kind = 'topup'"))[
        "body"
    ]
    for other in ("not JSON", paid.replace(":", ": "), body(hold()).decode()):
        await do(pg_super, f"UPDATE ledger_transfer SET body = '{other}' WHERE kind = 'topup'")  # noqa: S608
        assert places(await verify(pg), "topup", "its"), other


@pytest.mark.parametrize(
    ("before", "after", "place", "what"),
    [
        (b'"wallet:acme":[4,"', b'"wallet:acme":[4,"0', "seal 2", "the line before was changed"),
        (b'"wallet:acme":[7,"', b'"wallet:acme":[8,"', "wallet:acme", "was sealed at 8"),
        (b'{"at"', b'{"when"', "seal 1", "the line is no seal"),
        (b"\n{", b"\nx{", "seal 2", "the line is no seal"),
    ],
)
async def test_an_edited_seal_file_is_named(pg, seal_path, before, after, place, what):
    content = seal_path.read_bytes()
    assert before in content
    seal_path.write_bytes(content.replace(before, after, 1))
    assert places(await verify(pg, read_seal_file(seal_path)), place, what)


async def test_a_seal_line_taken_out_is_named(pg, seal_path):
    seal_path.write_bytes(seal_path.read_bytes().partition(b"\n")[2])
    report = await verify(pg, read_seal_file(seal_path))
    assert places(report, "seal 1", "the line before was changed, or is gone")


async def test_writers_that_go_on_meanwhile_raise_no_alarm(pg, pg_super, tmp_path):
    """Each page of a run lets a few more moves in, up to a limit, or a run would never end."""
    turns, more = trio.open_memory_channel[None](1_000)

    async def trade(book) -> None:
        async for _ in more:
            held = hold(1, calls=10**6, slots=10**6, money=10**6)
            await book.apply(held)
            await book.apply(sale(held, 1) if held.id.int % 2 else release_for(held))

    async with open_book(pg) as book, trio.open_nursery() as nursery:
        await book.apply(top_up(10**9))
        for _ in range(4):
            nursery.start_soon(trade, book)
        sealer = Sealer(pg, tmp_path / "ledger.seal")
        for page in (5, 40, 10_000) * 2:  # Small: many steps, each in a snapshot of its own.
            let = count()

            def let_in(_what: str, _done: int, _total: int, let=let) -> None:
                if next(let) < 15:
                    for _ in range(4):
                        turns.send_nowait(None)

            await sealer.seal()
            seals = read_seal_file(tmp_path / "ledger.seal")
            report = await verify(pg_super, seals, let_in, page)
            assert report.problems == ()
        turns.close()
    assert report.entries > 150
