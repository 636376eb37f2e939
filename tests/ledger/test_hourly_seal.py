"""The hourly seal: a signed root over all moves, and a file that cannot be shortened unseen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.jobs.seal import EARLIEST, Sealer, read_seal_file
from auctiond.keys.key_file import KeyFileError
from auctiond.keys.seal_key import open_seal_key
from auctiond.pg.ledger_book import LedgerWriter
from auctiond.pg.ledger_check import verify
from ledger.body import body_hash
from ledger.merkle import BLOCK, block, leaf, read_period, root, signed
from ledger.seals import hour_line, line_hash, read_seals
from tests.ledger.helpers import book_of, top_up
from tests.ledger.tampering import TRIGGERS_OFF, TRIGGERS_ON

AGE_MOVES = (  # As if all that is there had been recorded two hours ago,
    "UPDATE ledger_transfer SET at = at - interval '2 hours';"
    "UPDATE ledger_line SET at = at - interval '2 hours';"
)
AGE_SEALS = "UPDATE ledger_seal SET noted_at = noted_at - interval '2 hours';"  # and sealed.


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.seal"


@pytest.fixture
async def sealed(pg, pg_super, path, key):
    """Six hundred moves without an entry of their own, which no chain holds, under one root."""
    moves = [book_of("accrual", ("margin", -1), ("publisher:pub", 1)) for _ in range(600)]
    await LedgerWriter(pg)(moves)
    await do(pg_super, AGE_MOVES)
    sealer = Sealer(pg, path, key)
    assert await sealer.seal_hours() == 600
    assert await sealer.seal_hours() == 0
    return moves


async def do(pg_super, script: str) -> None:
    await pg_super.run_script(f"{TRIGGERS_OFF}; {script}; {TRIGGERS_ON}")


def said(report) -> list[str]:
    return [f"{problem.place}: {problem.what}" for problem in report.problems]


async def test_the_root_is_that_of_the_tree_over_all_moves_by_id(pg, sealed, path):
    leaves = sorted((move.id, leaf(move.id, body_hash(move))) for move in sealed)
    hashes = [one for _, one in leaves]
    blocks = [block(hashes[at : at + BLOCK]) for at in range(0, 600, BLOCK)]
    (period,) = read_seal_file(path).periods
    assert (period.since, period.moves, period.root) == (EARLIEST, 600, root(blocks))
    assert (await verify(pg, read_seal_file(path))).ok


def test_the_tree_splits_at_the_largest_power_of_two():
    """RFC 6962, section 2.1: of three, two are on the left."""
    one, two, three = (bytes([number]) * 32 for number in range(3))
    assert root([one]) == one
    assert root([one, two, three]) == root([root([one, two]), three])


@pytest.mark.parametrize(
    ("crime", "found"),
    [
        ("DELETE FROM ledger_transfer WHERE id = (SELECT max(id::text)::uuid FROM ledger_transfer)",
         "600 moves were signed, 599 are there"),
        ("UPDATE ledger_transfer SET body_hash = sha256('x') WHERE id = "
         "(SELECT max(id::text)::uuid FROM ledger_transfer)",
         "the root over its moves is not the one that was signed"),
    ],
)  # fmt: skip
async def test_what_no_chain_holds_the_root_does(pg, pg_super, sealed, path, crime, found):
    await do(pg_super, crime)
    report = await verify(pg, read_seal_file(path))
    assert any(f": {found}" in line and line.startswith("sealed until") for line in said(report))


async def test_no_move_is_recorded_in_a_sealed_hour_whatever_the_clock_says(
    pg, pg_super, sealed, path
):
    """The seal is from a clock that was ahead: time stands still until it is reached."""
    ahead = "SELECT ledger_note_seal(2, sha256('x'), clock_timestamp() + interval '3 hours')"
    await pg.execute(ahead)
    await LedgerWriter(pg)([top_up(1_000)])
    late = await pg_super.fetch_value("SELECT max(at) - clock_timestamp() FROM ledger_transfer")
    assert timedelta(hours=2) < late <= timedelta(hours=3)


@pytest.mark.parametrize("left", [0, 1, 2])
async def test_a_seal_file_whose_end_was_cut_is_noticed(pg, pg_super, pg_book, sealed, path, left):
    sealer = Sealer(pg, path)
    for _ in range(2):
        await pg_book.apply(top_up(5))
        assert await sealer.seal() == 1
    await do(pg_super, AGE_SEALS)
    lines = path.read_bytes().splitlines(keepends=True)
    assert (await verify(pg, read_seal_file(path))).ok
    path.write_bytes(b"".join(lines[:left]))
    report = await verify(pg, read_seal_file(path))
    assert f"seal file: 3 lines were written, {left} are left: its end is cut" in said(report)


async def test_who_cuts_the_file_and_goes_on_is_found_by_the_old_notes(
    pg, pg_super, pg_book, sealed, path
):
    path.unlink()
    sealer = Sealer(pg, path)
    await pg_book.apply(top_up(5))
    assert await sealer.seal() == 1
    await do(pg_super, AGE_SEALS)
    report = await verify(pg, read_seal_file(path))
    assert "seal file: its line 1 is not the one that was written" in said(report)


async def test_a_line_written_anew_is_noticed_by_its_signature_and_by_the_database(
    pg, pg_super, sealed, path
):
    found = orjson.loads(path.read_bytes())
    found["hour"]["moves"] = 599
    path.write_bytes(hour_line(found["at"], found["hour"], ""))
    await do(pg_super, AGE_SEALS)
    lines = said(await verify(pg, read_seal_file(path)))
    assert "seal 1: its signature is not that of its key" in lines
    assert "seal file: its line 1 is not the one that was written" in lines


async def test_another_key_and_a_gap_between_periods_are_named(pg, pg_super, sealed, path, key):
    first = path.read_bytes()
    found = orjson.loads(first)["hour"]
    other = signed(read_period(found), Ed25519PrivateKey.generate())
    seals = read_seals([first, hour_line(read_seals([first]).at, other, line_hash(first))])
    assert [problem.what for problem in seals.problems] == [
        "it is signed with another key than those before",
        "it does not begin where the one before ended",
    ]


def test_the_key_is_made_once_and_read_by_us_alone(tmp_path):
    path = tmp_path / "new" / "seal.key"
    first = open_seal_key(path)
    assert open_seal_key(path).private_bytes_raw() == first.private_bytes_raw()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        open_seal_key(path)
    path.chmod(0o600)
    path.write_text("zz")
    with pytest.raises(KeyFileError, match="not a key"):
        open_seal_key(path)
