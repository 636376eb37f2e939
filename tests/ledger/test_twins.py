"""What is said twice, in Python and in SQL, says the same."""

from __future__ import annotations

from ledger.accounts import is_bounded, kind_of, unit_of
from ledger.kinds import RULES


async def test_the_rules_in_sql_are_those_in_python(auditor):
    rows = await auditor.fetch("SELECT * FROM ledger_booking")
    assert {row["kind"] for row in rows} == set(RULES)
    for row in rows:
        rule = RULES[row["kind"]]
        told = (row["may_reverse"], row["must_reverse"], row["needs_ref"], row["needs_reason"])
        assert told == (
            bool(rule.reverses), rule.must_reverse, rule.needs_ref, rule.needs_reason
        )  # fmt: skip
        assert row["forced"] == rule.forced
    wanted = {(kind, True, word) for kind, rule in RULES.items() for word in rule.takes}
    wanted |= {(kind, False, word) for kind, rule in RULES.items() for word in rule.gives}
    assert {tuple(row) for row in await auditor.fetch("TABLE ledger_rule")} == wanted
    backs = {(kind, each) for kind, rule in RULES.items() for each in rule.reverses}
    assert {tuple(row) for row in await auditor.fetch("TABLE ledger_reversible")} == backs


ACCOUNTS = (
    "wallet:a", "wallet:a@eur", "wallet:a@usd", "wallet:@eur", "wallet:", "wallet", "usage:own",
    "margin", "margin@eur", "margin:x", "marginal", "world@EUR", "world@euro", "cost:carrier",
    "revenue:plan", "writeoff", "rounding@gbp", "processor:stripe", "carrier:telnyx", "slot:t",
    "slot:t@eur", "slot:", "cap:t:calls/day:x", "cap:t:calls/day:x@eur", "cap:t:money/day:x@eur",
    "cap:t:money/day:x@usd", "cap:buyer/b:money/hour", "cap::money/hour", "used:calls",
    "used:calls@eur", "used:money", "used:money@eur", "used:x", "a b", "", "publisher:p@eu",
    "wallet:a:b", "wallet:a@b@eur", "w" * 201, "tax:x",
)  # fmt: skip


async def test_names_mean_the_same_in_sql_and_python(pg):
    query = "SELECT ledger_unit($1) AS unit, ledger_bounded($1) AS bounded, ledger_word($1) AS word"
    for name in ACCOUNTS:
        row = await pg.fetch_row(query, name)
        assert row["unit"] == unit_of(name), name
        if row["unit"]:
            assert (row["bounded"], row["word"]) == (is_bounded(name), kind_of(name)), name
