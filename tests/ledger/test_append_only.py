"""Nobody changes what is in the ledger: not the app, not the owner, in no mode, in no partition."""

from __future__ import annotations

import pytest

from auctiond.pg.errors import PgError
from ledger.moves import capture_for
from market.money import Micros
from tests.ledger.helpers import hold, returned, top_up

DENIED, APPEND_ONLY = "42501", "23001"
PARENTS = ("ledger_transfer", "ledger_entry", "ledger_line", "hold_resolution")
PLAIN = (
    "ledger_account", "ledger_month", "ledger_ref", "ledger_reversal", "ledger_booking",
    "ledger_rule", "ledger_reversible", "ledger_seal", "ledger_export", "ledger_put_away",
)  # fmt: skip
AHEAD = 7  # More than a start lays out.
NEAR = (
    "SELECT count(*) FROM ledger_month WHERE month BETWEEN "
    "date_trunc('month', now()) - interval '1 month' AND now() + make_interval(months => $1)"
)
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'auctiond'::regnamespace "
    "AND relkind IN ('r', 'p') AND relname ~ '^(ledger_|hold_resolution)' ORDER BY 1"
)
GUARDS = (
    "SELECT tgrelid::regclass::text AS name, count(*) AS n FROM pg_trigger "
    "WHERE tgname IN ('append_only', 'append_only_whole') AND tgenabled = 'A' GROUP BY 1"
)
FUNCTIONS = (
    "SELECT proname FROM pg_proc WHERE pronamespace = 'auctiond'::regnamespace "
    "AND has_function_privilege('auctiond_app', oid, 'EXECUTE') AND proname LIKE 'ledger_%'"
)


@pytest.fixture
async def tables(pg_super, pg_book):
    """All tables of the ledger and their partitions, with a row in each that can have one now."""
    await pg_book.apply(top_up(1_000))
    held = hold(400)
    await pg_book.apply(held)
    sale = capture_for(held, price=Micros(400), publisher="pub", payout=Micros(300))
    await pg_book.apply(sale)
    await pg_book.apply(returned(sale, 400))
    await pg_super.fetch_value("SELECT ledger_note_seal(1, $1, NULL)", b"x" * 32)
    await pg_super.fetch_value(f"SELECT ledger_make_months({AHEAD})")  # New ones here.
    return [row["relname"] for row in await pg_super.fetch(TABLES)]


async def changes(pg, table: str) -> list[str]:
    column = await pg.fetch_value(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum = 1", table
    )
    forms = ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}")
    return [form.format(table, column, column) for form in forms]


async def test_every_month_of_every_table_is_there(tables, pg_super):
    months = await pg_super.fetch_value("SELECT count(*) FROM ledger_month")
    near = await pg_super.fetch_value(NEAR, AHEAD)
    assert near == 1 + 1 + AHEAD  # The one before, this one, and those ahead.
    for parent in PARENTS:
        assert len([name for name in tables if name.startswith(f"{parent}_2")]) == months
    assert len(tables) == len(PLAIN) + len(PARENTS) * (1 + months)


async def test_the_app_may_call_functions_and_nothing_else(tables, pg, pg_super):
    """Not even read: neither a table, nor a column of one, nor a partition."""
    for table in tables:
        row = await pg_super.fetch_row(
            "SELECT has_any_column_privilege('auctiond_app', $1, 'SELECT, INSERT, UPDATE, "
            "REFERENCES') OR has_table_privilege('auctiond_app', $1, 'DELETE, TRUNCATE, TRIGGER')",
            table,
        )
        assert not row[0], table
        adds = f"INSERT INTO {table} TABLE {table}"
        for statement in [*await changes(pg_super, table), adds, f"TABLE {table}"]:
            with pytest.raises(PgError) as caught:
                await pg.execute(statement)
            assert caught.value.sqlstate == DENIED, statement


async def test_the_app_calls_only_what_is_meant_for_it(pg_super):
    assert {row["proname"] for row in await pg_super.fetch(FUNCTIONS)} == {
        # What writes,
        "ledger_apply", "ledger_must", "ledger_make_months", "ledger_note_seal",
        # what reads,
        "ledger_balances", "ledger_sums", "ledger_totals", "ledger_statement", "ledger_opening",
        "ledger_open_holds", "ledger_count_open_holds", "ledger_moves", "ledger_moves_of",
        "ledger_lines_of", "ledger_sales", "ledger_move_of_call", "ledger_has", "ledger_knows",
        "ledger_heads", "ledger_transfer_counts", "ledger_blocks", "ledger_noted_seal",
        "ledger_first_move", "ledger_exports", "ledger_kept_from", "ledger_open_from",
        "ledger_why_kept",
        # and what names mean.
        "ledger_id_at", "ledger_unit", "ledger_bounded", "ledger_word",
    }  # fmt: skip


@pytest.mark.parametrize("role", ["auctiond_owner", "auctiond_admin"])
@pytest.mark.parametrize("mode", ["origin", "replica", "local"])
async def test_owner_and_superuser_are_refused_in_every_mode(tables, pg_super, role, mode):
    steps = [(f"SET LOCAL session_replication_role = {mode}", ()), (f"SET LOCAL ROLE {role}", ())]
    for table in tables:
        filled = await pg_super.fetch_value(f"SELECT EXISTS (TABLE {table})")
        for statement in await changes(pg_super, table):
            if not filled and not statement.startswith("TRUNCATE"):
                continue  # There is no row that could be refused; the next test sees the guard.
            with pytest.raises(PgError, match="append-only") as caught:
                await pg_super.run_together(*steps, (statement, ()))
            assert caught.value.sqlstate == APPEND_ONLY, statement


async def test_every_table_and_partition_is_guarded_always_and_twice(tables, pg_super):
    found = {
        row["name"].removeprefix("auctiond."): row["n"] for row in await pg_super.fetch(GUARDS)
    }
    assert {table: found.get(table) for table in tables} == dict.fromkeys(tables, 2)
