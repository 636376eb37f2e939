"""Who may do what in the database."""

from __future__ import annotations

import pytest

from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError
from auctiond.pg.ledger_check import verify
from auctiond.pg.migrate import migrate
from tests.pg.stores import call_id, call_row, person_of, put_on_record

APPEND_ONLY = (
    "call",
    "call_event",
    "call_leg",
    "disclosure",
    "post_try",
    "network_version",
    "network_stage",
    "network_act",
    "api_key",
    "api_key_revoked",
    "migration",
    "key_file",
    "target_event",
    "recording_event",
    "return_act",
    "payout_move",
    "node",
    "call_claim",
)
CHANGES = ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE")
DENIED, APPEND_ONLY_STATE = "42501", "23001"

# The app's rights on tables, all of them. Whatever else it does, it does through functions.
RIGHTS = {
    "migration": {"SELECT"},
    "webhook_inbox": {"SELECT", "INSERT"},
    "call": {"SELECT"},
    "call_caller": {"SELECT"},
    "call_open": {"SELECT"},
    "call_event": {"SELECT"},
    "call_leg": {"SELECT", "INSERT"},
    "person_key": {"SELECT"},
    "person_field": {"SELECT"},
    "disclosure": {"SELECT", "INSERT"},
    "post_try": {"SELECT"},
    "post_open": {"SELECT"},
    "network_version": {"SELECT", "INSERT"},
    "network_stage": {"SELECT", "INSERT"},
    "network_act": {"SELECT", "INSERT"},
    "api_key": {"SELECT", "INSERT"},
    "api_key_revoked": {"SELECT", "INSERT"},
    "key_file": {"SELECT", "INSERT"},
    "target_event": {"SELECT", "INSERT"},
    "rtb_ping": {"SELECT"},
    "rtb_caller": {"SELECT"},
    "rtb_use": {"SELECT"},
    "ping_count": {"SELECT"},
    "api_once": {"SELECT"},
    "recording": {"SELECT"},
    "recording_event": {"SELECT", "INSERT"},
    "node": {"SELECT"},
    "call_claim": {"SELECT"},
    "notice": {"SELECT"},
    "notice_open": {"SELECT"},
    "notice_try": {"SELECT"},
    "webhook_gone": {"SELECT"},
    "sale_return": {"SELECT"},
    "return_act": {"SELECT"},
    "money_note": {"SELECT"},
    "payout_run": {"SELECT"},
    "payout_item": {"SELECT"},
    "payout_line": {"SELECT"},
    "payout_move": {"SELECT"},
}


async def first_column(pg, table: str) -> str:
    return await pg.fetch_value(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum = 1", table
    )


async def test_the_app_may_add_and_read_and_never_change(pg):
    for table in RIGHTS:
        column = await first_column(pg, table)
        for change in CHANGES:
            with pytest.raises(PgError) as caught:
                await pg.execute(change.format(table, column, column))
            assert caught.value.sqlstate == DENIED, (table, change)


async def test_the_app_has_exactly_the_rights_it_needs(pg):
    rows = await pg.fetch(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = 'auctiond_app' AND table_schema = 'auctiond'"
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], set()).add(row["privilege_type"])
    assert {name: found.get(name) for name in RIGHTS} == RIGHTS


APPS_RIGHTS = (
    "SELECT c.relname, p.privilege FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', "
    "'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']) AS p(privilege) "
    "WHERE c.relnamespace = 'auctiond'::regnamespace AND c.relkind IN ('r', 'p', 'v') "
    "AND has_table_privilege('auctiond_app', c.oid, p.privilege)"
)
GUARDED = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'"


async def test_in_no_table_may_the_app_change_and_it_adds_only_where_nobody_can(super_pg):
    """All tables there are, also such as will come: nobody has to think of them here."""
    rights = [tuple(row) for row in await super_pg.fetch(APPS_RIGHTS)]
    assert {right for _, right in rights} == {"SELECT", "INSERT"}
    added = {table for table, right in rights if right == "INSERT"}
    guarded = {row[0].removeprefix("auctiond.") for row in await super_pg.fetch(GUARDED)}
    assert added - guarded == {"webhook_inbox"}  # Its rows are taken away when they are old.
    assert not [table for table, _ in rights if table.startswith(("ledger_", "hold_"))]


MOVE = "SELECT * FROM ledger_apply(ARRAY[]::text[])"
MAY_NOT = {
    "app": ("TABLE ledger_entry", "TABLE ledger_transfer", "TABLE ledger_account",
            "SELECT posted FROM ledger_entry", "INSERT INTO ledger_seal SELECT 1, ''",
            "SELECT ledger_attach('ledger_line', now()::date, '', '')",
            "CALL make_append_only('call')", "SET ROLE auctiond_auditor",
            "ALTER TABLE ledger_entry DISABLE TRIGGER ALL", "DROP TABLE ledger_line"),
    "reader": (MOVE, "INSERT INTO ledger_month SELECT now()", "DELETE FROM ledger_line",
               "TABLE person_key", "TABLE webhook_inbox", "SELECT erase_person(NULL)"),
    "auditor": (MOVE, "UPDATE ledger_entry SET posted = 0", "TABLE call", "TABLE call_event",
                "TABLE person_key", "SELECT ledger_note_seal(1, '', NULL)"),
    "retention": (MOVE, "TABLE ledger_entry", "TABLE call", "DELETE FROM ledger_entry",
                  "DELETE FROM webhook_inbox"),
    "migrator": (MOVE, "TABLE ledger_entry", "TABLE call", "DELETE FROM call"),
}  # fmt: skip


@pytest.mark.parametrize("role", MAY_NOT)
async def test_each_role_is_refused_what_is_not_its_work(pg_server, pg_database, role):
    others = {"owner", "migrator", "admin"} - {role} - ({"owner"} if role == "migrator" else set())
    become = tuple(f"SET ROLE auctiond_{other}" for other in others)
    url = pg_server.embedded.url(f"auctiond_{role}", pg_database)
    async with open_pg(url, connections_max=1) as pg:
        assert await pg.fetch_value("SELECT current_user") == f"auctiond_{role}"
        for statement in (*MAY_NOT[role], *become):
            with pytest.raises(PgError) as caught:
                await pg.execute(statement)
            assert caught.value.sqlstate == DENIED, statement


@pytest.mark.parametrize("as_role", ["auctiond_owner", "auctiond_admin"])
@pytest.mark.parametrize("replica", [False, True])
async def test_even_owner_and_superuser_meet_the_triggers(super_pg, as_role, replica):
    await put_on_record(super_pg, call_row(1), person_of(1))
    await super_pg.execute(
        "INSERT INTO call_event (call_id, seq, kind, at_ms, data) VALUES ($1, 0, 'x', 0, '{}')",
        call_id(1),
    )
    mode = [("SET LOCAL session_replication_role = replica", ())] if replica else []
    for table in ("call", "call_event"):
        column = await first_column(super_pg, table)
        for change in CHANGES:
            steps = [*mode, (f"SET LOCAL ROLE {as_role}", ())]
            with pytest.raises(PgError, match="append-only") as caught:
                await super_pg.run_together(*steps, (change.format(table, column, column), ()))
            assert caught.value.sqlstate == APPEND_ONLY_STATE


async def test_every_append_only_table_is_guarded_by_triggers_that_are_always_on(super_pg):
    rows = await super_pg.fetch(
        "SELECT tgrelid::regclass::text AS name, count(*) AS n FROM pg_trigger "
        "WHERE tgname LIKE 'append_only%' AND tgenabled = 'A' GROUP BY 1"
    )
    found = {row["name"].removeprefix("auctiond."): row["n"] for row in rows}
    assert {table: found.get(table) for table in APPEND_ONLY} == dict.fromkeys(APPEND_ONLY, 2)


async def test_functions_with_the_owners_rights_have_a_fixed_path_and_no_public_use(super_pg):
    rows = await super_pg.fetch(
        "SELECT proname, proconfig, has_function_privilege('public', p.oid, 'EXECUTE') AS open "
        "FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
        "WHERE nspname = 'auctiond' AND prosecdef"
    )
    assert {row["proname"] for row in rows} >= {"open_calls", "erase_person", "prune_inbox"}
    for row in rows:
        assert any(item.startswith("search_path=auctiond, ") for item in row["proconfig"]), row
        assert not row["open"], row["proname"]


async def test_the_app_cannot_make_objects_that_hide_ours(pg):
    for statement in ("CREATE TABLE mine (id int)", "CREATE TABLE public.mine (id int)"):
        with pytest.raises(PgError) as caught:
            await pg.execute(statement)
        assert caught.value.sqlstate == DENIED


async def test_the_reader_sees_no_sealed_thing(pg_server, pg_database):
    async with open_pg(pg_server.embedded.url("auctiond_reader", pg_database)) as reader:
        assert await reader.fetch("SELECT * FROM call_event") == []
        for hidden in (
            "person_key",
            "person_field",
            "call_caller",
            "rtb_caller",
            "webhook_inbox",
            "api_key",
        ):
            with pytest.raises(PgError) as caught:
                await reader.fetch(f"TABLE {hidden}")
            assert caught.value.sqlstate == DENIED


WRITES = (
    "SELECT has_any_column_privilege($1, c.oid, 'INSERT, UPDATE, REFERENCES') "
    "OR has_table_privilege($1, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') "
    "FROM pg_class c WHERE c.relnamespace = 'auctiond'::regnamespace AND c.relkind IN ('r', 'p')"
)
CALLS = (
    "SELECT proname FROM pg_proc WHERE pronamespace = 'auctiond'::regnamespace "
    "AND has_function_privilege($1, oid, 'EXECUTE')"
)


@pytest.mark.parametrize("role", ["reader", "auditor", "retention"])
async def test_who_reads_or_deletes_writes_nothing(super_pg, role):
    rows = await super_pg.fetch(WRITES, f"auctiond_{role}")
    assert rows
    assert not any(row[0] for row in rows)
    for other in ("owner", "app", "migrator"):
        member = "SELECT pg_has_role($1, $2, 'MEMBER')"
        assert not await super_pg.fetch_value(member, f"auctiond_{role}", f"auctiond_{other}")


async def test_the_auditor_sees_all_of_the_ledger_and_no_call(pg_server, pg_database, super_pg):
    rows = await super_pg.fetch(
        "SELECT relname, has_table_privilege('auctiond_auditor', oid, 'SELECT') AS sees "
        "FROM pg_class WHERE relnamespace = 'auctiond'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition"
    )
    sees = {row["relname"] for row in rows if row["sees"]}
    ledger = {row["relname"] for row in rows if row["relname"].startswith("ledger_")}
    assert sees == {*ledger, "hold_resolution", "migration"}
    async with open_pg(pg_server.embedded.url("auctiond_auditor", pg_database)) as auditor:
        assert (await verify(auditor)).ok


async def test_retention_calls_what_deletes_and_sees_nothing(pg_server, pg_database, super_pg):
    found = {row[0] for row in await super_pg.fetch(CALLS, "auctiond_retention")}
    assert found == {
        "prune_inbox", "prune_rtb", "prune_once", "erase_person",
        "ledger_note_export", "ledger_put_month_away", "ledger_drop_months", "ledger_why_kept",
        "ledger_kept_from", "ledger_open_from",
    }  # fmt: skip
    async with open_pg(pg_server.embedded.url("auctiond_retention", pg_database)) as retention:
        assert await retention.fetch_value("SELECT prune_inbox(now())") == 0
        with pytest.raises(PgError) as caught:
            await retention.fetch("TABLE webhook_inbox")
        assert caught.value.sqlstate == DENIED


async def test_the_migrator_becomes_the_owner_and_is_nothing_by_itself(pg_server, pg_database):
    url = pg_server.embedded.url("auctiond_migrator", pg_database)
    assert await migrate(url) == []
    async with open_pg(url) as migrator:
        with pytest.raises(PgError) as caught:
            await migrator.fetch("TABLE auctiond.call")
        assert caught.value.sqlstate == DENIED
        await migrator.run_together(
            ("SET LOCAL ROLE auctiond_owner", ()), ("CREATE TABLE auctiond.more (id int)", ())
        )


async def test_the_owner_never_logs_in(super_pg):
    query = "SELECT rolname FROM pg_roles WHERE rolname ~ '^auctiond_' AND NOT rolcanlogin"
    assert [row[0] for row in await super_pg.fetch(query)] == ["auctiond_owner"]
