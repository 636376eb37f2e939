"""Months over seven years old: exported, proved from their files, put away; the rest goes on."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime

import orjson
import pytest

from auctiond.jobs.putting_away import put_away_by_night
from auctiond.jobs.seal import Sealer, read_seal_file
from auctiond.logs import Log
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError
from auctiond.pg.ledger_book import open_book
from auctiond.pg.ledger_check import verify
from auctiond.pg.months import (
    MonthKept,
    file_name,
    put_month_away,
    read_file,
    read_months,
    write_month,
)
from auctiond.pg.statements import read_whole_statement
from ledger.month_file import read_month
from tests.ledger.helpers import hold, top_up
from tests.ledger.old_months import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    OldLedger,
    brought_back,
    old_hold,
    payment,
    sale,
)
from tests.ledger.tampering import TRIGGERS_OFF, TRIGGERS_ON

TODAY = date(2026, 11, 30)


@pytest.fixture
async def old(pg, pg_super, tmp_path):
    """The old ledger, signed hour by hour."""
    ledger = OldLedger(pg, pg_super, tmp_path)
    await ledger.fill()
    assert await ledger.seal() == 12
    return ledger


async def put_away(old: OldLedger, *months: date) -> None:
    for month in months:
        seals = read_seal_file(old.seal_path)
        await put_month_away(old.pg, month, old.months_path, seals, lambda *_: None)


async def state(old: OldLedger) -> tuple:
    async with open_book(old.pg) as book:
        return await book.balances(), await book.sums()


async def test_what_is_left_has_the_same_balances_and_is_verified_from_there(old):
    before = await state(old)
    for month in (OCTOBER, NOVEMBER, DECEMBER):
        await put_away(old, month)
        report = await verify(old.pg, read_seal_file(old.seal_path))
        assert report.problems == ()
        assert report.kept_from == date(month.year + month.month // 12, month.month % 12 + 1, 1)
        assert await state(old) == before
    assert before[0]["wallet:acme"] == (2_000 + 2_000 - 400 - 400 + 100 - 600, 0)
    assert before[1]["publisher:pub"] == 300 + 300 - 100 + 450


async def test_moves_go_on_from_what_was_carried_over(old):
    await put_away(old, OCTOBER, NOVEMBER, DECEMBER)
    held = hold(2_700)
    assert await old.apply(hold(2_701), held, top_up(5, "idle")) == ["insufficient", "new", "new"]
    assert await old.apply(sale(held, 2_700)) == ["new"]
    (wallet, _), *_ = (await state(old))[0]["wallet:acme"], None
    assert wallet == 0
    rows = await old.pg_super.fetch(
        "SELECT seq FROM ledger_entry WHERE account = 'wallet:idle' ORDER BY seq"
    )
    assert [row[0] for row in rows] == [1, 2]  # The first was carried over.
    assert (await verify(old.pg)).problems == ()


async def test_a_file_proves_its_month_alone_and_follows_the_one_before(old):
    await put_away(old, OCTOBER, NOVEMBER)
    seals = read_seal_file(old.seal_path)
    files = [read_file(old.months_path / file_name(month), seals) for month in (OCTOBER, NOVEMBER)]
    assert [each.problems for each in files] == [(), ()]
    assert [(each.month, each.moves, each.hours) for each in files] == [
        ("2018-10", 6, 1), ("2018-11", 5, 1)
    ]  # fmt: skip
    assert files[0].closing == files[1].opening
    for path in old.months_path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_was_changed_is_no_proof(old):
    await put_away(old, OCTOBER, NOVEMBER)
    with gzip.open(old.months_path / file_name(NOVEMBER)) as file:
        lines = file.readlines()
    moves = [at for at, line in enumerate(lines) if line.startswith(b'{"move"')]

    def said(changed: list[bytes]) -> str:
        return " ".join(one.what for one in read_month(changed).problems)

    assert said(lines) == ""
    assert "it was cut" in said(lines[:-1])
    without = [line for at, line in enumerate(lines) if at != moves[0]]
    assert "what was between is gone" in said(without)
    assert "moves were signed" in said(without)
    for found, key, column in (
        ("lines are not what its body", "lines", 1),
        ("balance is not the one before", "entries", 4),
        ("hash does not fit", "entries", 6),
    ):
        crime = orjson.loads(lines[moves[0]])
        value = crime["move"][key][0][column]
        crime["move"][key][0][column] = value + 1 if isinstance(value, int) else "00" * 32
        changed = [*lines]
        changed[moves[0]] = orjson.dumps(crime) + b"\n"
        assert found in said(changed)
    for before, after, found in (
        (b'{"before":["wallet:acme",', b'{"before":["wallet:acmf",', "what was between is gone"),
        (b'{"after":["wallet:idle",1,2000', b'{"after":["wallet:idle",1,2001', "the file says"),
        (b'"root":"', b'"root":"00', "signature is not that of its key"),
        (b'"hold_body"', b'"hold_bod"', "is none that was written here"),
    ):
        assert any(before in line for line in lines), before
        assert found in said([line.replace(before, after) for line in lines])


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE ledger_entry SET posted = posted + 5 WHERE account = 'wallet:idle'",
        "DELETE FROM ledger_entry WHERE account = 'wallet:idle'",
        "UPDATE ledger_line SET amount = amount + 5 WHERE account = 'margin' "
        "AND transfer_id = '00000000-0000-0000-0000-000000000000'",
    ],
)
async def test_what_was_carried_over_cannot_be_changed_unseen(old, crime):
    await put_away(old, OCTOBER)
    await old.pg_super.run_script(f"{TRIGGERS_OFF}; {crime}; {TRIGGERS_ON}")
    said = " ".join(one.what for one in (await verify(old.pg)).problems)
    assert "is not what the months put away ended with" in said


async def test_a_month_stays_as_long_as_there_is_a_reason(old):
    with pytest.raises(MonthKept, match="2018-11: the months before it come first"):
        await put_away(old, NOVEMBER)
    with pytest.raises(MonthKept, match="2017-01: it is not in the database"):
        await put_away(old, date(2017, 1, 1))
    await put_away(old, OCTOBER, NOVEMBER, DECEMBER)
    months = [one.month for one in await read_months(old.pg) if one.put_away_at is None]
    with pytest.raises(MonthKept, match="it is not seven years old"):
        await put_away(old, months[0])
    with pytest.raises(MonthKept, match="it is not in the database"):
        await put_away(old, OCTOBER)


async def test_an_unsealed_month_and_one_with_open_holds_stay(pg, pg_super, tmp_path):
    old = OldLedger(pg, pg_super, tmp_path)
    await old.fill()
    with pytest.raises(MonthKept, match="it is not sealed to its end"):
        await put_away(old, OCTOBER)
    await old.at("2018-12-25 10:00", old_hold("2018-10-30 10:00"))
    await old.seal()
    with pytest.raises(MonthKept, match="1 of its holds is open"):
        await put_away(old, OCTOBER)
    assert not old.months_path.exists()


async def test_a_month_that_was_not_exported_is_not_detached(old, pg_server, pg_database):
    url = pg_server.embedded.url("auctiond_retention", pg_database)
    async with open_pg(url, connections_max=1) as retention:
        with pytest.raises(PgError, match="it was not exported into this file"):
            await retention.execute("SELECT ledger_put_month_away($1, $2)", OCTOBER, bytes(32))
        wrong = (bytes(32), bytes(32), 1, 1)
        with pytest.raises(PgError, match="the file has 1 and 1"):
            await retention.execute(
                "SELECT ledger_note_export($1, $2, $3, $4, $5)", OCTOBER, *wrong
            )
    for name in ("ledger_put_month_away(NULL, NULL)", "ledger_drop_months(NULL)"):
        with pytest.raises(PgError, match="permission denied"):
            await old.pg.execute(f"SELECT {name}")


async def test_who_comes_seven_years_late_is_refused_and_counts_no_second_time(old):
    first = old_hold("2018-10-05 12:00")
    await put_away(old, OCTOBER)
    assert await old.apply(
        payment("2018-10-05 11:00", "pi_1"),  # It is in the file alone: its ref is still known.
        payment("2026-11-30 11:00", "pi_1"),
        old_hold("2018-10-06 12:00"),
        sale(old_hold("2018-10-31 23:59")),  # It was let go in November.
        brought_back("2026-11-30 11:00", sale(first), 1),
    ) == ["ref_reused", "ref_reused", "far", "far", "no_original"]
    in_november = sale(old_hold("2018-10-31 23:58"))
    assert await old.apply(in_november) == ["same"]
    back = brought_back("2026-11-30 11:00", in_november, 1)
    assert await old.apply(back) == ["new"]


async def test_a_statement_begins_where_the_ledger_does(old):
    await put_away(old, OCTOBER)
    since, until = datetime(2018, 1, 1, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC)
    found = await read_whole_statement(old.pg, "wallet:acme", since, until)
    assert (found.since, found.opening) == (datetime(2018, 11, 1, tzinfo=UTC), 1_600)
    assert (found.asked_from, found.closing) == (since, 2_700)
    publisher = await read_whole_statement(old.pg, "publisher:pub", since, until)
    assert (publisher.opening, publisher.closing) == (300, 950)


async def test_by_night_all_that_is_due_goes_and_their_tables_a_month_later(old):
    where = (old.pg, old.months_path, old.seal_path)
    await put_away_by_night(*where, TODAY, Log())
    names = sorted(path.name for path in old.months_path.iterdir())
    assert names == [file_name(month) for month in (OCTOBER, NOVEMBER, DECEMBER)]
    assert [one.has_tables for one in await read_months(old.pg)][:3] == [True] * 3
    aged = "UPDATE ledger_put_away SET put_away_at = put_away_at - interval '31 days'"
    await old.pg_super.run_script(f"{TRIGGERS_OFF}; {aged}; {TRIGGERS_ON}")
    await put_away_by_night(*where, TODAY, Log())
    assert [one.has_tables for one in await read_months(old.pg)][:3] == [False] * 3
    assert (await verify(old.pg, read_seal_file(old.seal_path))).problems == ()


async def test_what_a_publisher_was_not_paid_can_still_be_paid(old):
    unpaid = "SELECT account, sum(amount)::bigint FROM payout_unpaid GROUP BY account"
    before = [tuple(row) for row in await old.pg_super.fetch(unpaid)]
    assert before == [("publisher:pub", 950)]
    await put_away(old, OCTOBER, NOVEMBER, DECEMBER)
    assert [tuple(row) for row in await old.pg_super.fetch(unpaid)] == before


async def test_the_same_month_is_the_same_file_byte_by_byte(old, auditor, tmp_path):
    seals, written = read_seal_file(old.seal_path), []
    for name in ("one", "other"):
        await write_month(auditor, OCTOBER, tmp_path / name, seals, lambda *_: None)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert read_file(tmp_path / "one").moves == 6


async def test_the_files_of_months_are_noted_in_the_seal(old):
    await put_away(old, OCTOBER)
    sealer = Sealer(old.pg, old.seal_path, old.key)
    await sealer.seal_months()
    await sealer.seal_months()
    seals = read_seal_file(old.seal_path)
    assert [month for month, _ in seals.months.values()] == ["2018-10"]
    assert (await verify(old.pg, seals)).problems == ()
    crime = "UPDATE ledger_export SET closing = sha256('x')"
    await old.pg_super.run_script(f"{TRIGGERS_OFF}; {crime}; {TRIGGERS_ON}")
    said = [str(one) for one in (await verify(old.pg, seals)).problems]
    assert any("its file is not the one that was sealed" in one for one in said)
