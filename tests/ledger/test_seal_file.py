"""What only a note outside the database shows: an end that was cut, a history written anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from auctiond.jobs.seal import Sealer, read_seal_file
from auctiond.pg.door import Pg
from ledger.moves import capture_for, release_for
from ledger.seals import read_seals
from market.money import Micros
from tests.ledger.helpers import hold, top_up
from tests.ledger.tampering import TRIGGERS_ON

TABLES = ("ledger_entry", "ledger_line", "hold_resolution", "ledger_transfer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.seal"


@pytest.fixture
async def sold(pg_book):
    """A wallet with money, and one sale of it; the last move is the capture."""
    await pg_book.apply(top_up(1_000))
    held = hold(400)
    await pg_book.apply(held)
    sale = capture_for(held, price=Micros(400), publisher="pub", payout=Micros(300))
    await pg_book.apply(sale)
    return sale


async def cut(pg_super: Pg, *moves) -> None:
    """Remove all traces of moves, as only somebody with every right can."""
    ids = [move.id for move in moves]
    off = [(f"ALTER TABLE {table} DISABLE TRIGGER USER", ()) for table in TABLES]
    keys = ("transfer_id", "transfer_id", "transfer_id", "id")
    pairs = zip(TABLES, keys, strict=True)
    await pg_super.run_together(
        *off,
        *((f"DELETE FROM {table} WHERE {key} = ANY ($1)", (ids,)) for table, key in pairs),  # noqa: S608
    )
    await pg_super.run_script(TRIGGERS_ON)


async def test_a_cut_end_is_found_by_the_seal_and_by_nothing_else(
    pg, pg_super, pg_book, sold, path
):
    assert await Sealer(pg, path).seal() == 4
    assert (await pg_book.verify(seals=read_seal_file(path))).ok
    await cut(pg_super, sold)
    assert (await pg_book.verify()).ok
    report = await pg_book.verify(seals=read_seal_file(path))
    places = {problem.place for problem in report.problems}
    assert {"wallet:acme", "slot:t1"} < places
    assert any(place.startswith("month ") for place in places)


async def test_what_comes_after_a_seal_is_no_problem(pg, pg_book, sold, path):
    await Sealer(pg, path).seal()
    held = hold(100)
    await pg_book.apply(held)
    await pg_book.apply(release_for(held))
    assert (await pg_book.verify(seals=read_seal_file(path))).ok


async def test_an_end_that_was_cut_and_written_anew_is_found(pg, pg_super, pg_book, sold, path):
    await Sealer(pg, path).seal()
    await cut(pg_super, sold)
    await pg_book.apply(hold(100))  # Entry 3 of the wallet is there again, but another.
    assert (await pg_book.verify()).ok
    report = await pg_book.verify(seals=read_seal_file(path))
    assert any("not the entry that was sealed" in problem.what for problem in report.problems)


async def test_only_what_changed_is_sealed_again_also_by_the_next_process(pg, pg_book, sold, path):
    sealer = Sealer(pg, path)
    assert [await sealer.seal(), await sealer.seal()] == [4, 0]
    await pg_book.apply(top_up(5, buyer="other"))
    assert await sealer.seal() == 1
    assert await Sealer(pg, path).seal() == 5  # It looks back, and does not know what it finds.
    seals = read_seal_file(path)
    assert (seals.lines, seals.problems) == (3, ())


async def test_a_line_that_was_torn_by_a_crash_is_replaced(pg, pg_book, sold, path):
    await Sealer(pg, path).seal()
    with path.open("ab") as file:
        file.write(b'{"at": "2026-')
    assert read_seal_file(path).problems == ()
    await pg_book.apply(top_up(5))
    await Sealer(pg, path).seal()
    seals = read_seal_file(path)
    assert (seals.lines, seals.problems) == (2, ())


async def test_a_seal_file_that_was_changed_is_no_witness(pg, pg_book, sold, path):
    sealer = Sealer(pg, path)
    for _ in range(3):
        await pg_book.apply(top_up(5))
        await sealer.seal()
    lines = path.read_bytes().splitlines(keepends=True)
    edited = lines[0].replace(b"wallet:acme", b"wallet:acmf")
    for changed in ([lines[0], lines[2]], [edited, *lines[1:]], [b"{}\n", *lines[1:]]):
        assert read_seals(changed).problems
    assert not read_seals(lines).problems


async def test_a_seal_holds_names_and_hashes_only_and_is_readable_by_us_alone(
    pg, pg_book, sold, path
):
    await Sealer(pg, path).seal()
    assert path.stat().st_mode & 0o777 == 0o600
