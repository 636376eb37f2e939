"""`auctiond ledger`, against a real database."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner, Result
from rich.console import Console

from auctiond.cli import main
from auctiond.jobs.seal import Sealer
from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import LedgerWriter
from auctiond.pg.ledger_check import Report
from auctiond.show.ledger_view import PROBLEMS_SHOWN, problem_lines
from auctiond.show.long_work import LongWork
from ledger.moves import capture_for
from ledger.verify import Problem
from market.ids import id_at, unix_ms
from market.money import Micros
from tests.ledger.helpers import book_of, hold, new_id, top_up
from tests.ledger.tampering import TRIGGERS_OFF, TRIGGERS_ON

CALL = id_at(unix_ms(new_id()), b"call")


@pytest.fixture
def environ(pg_url, pg_super_url, tmp_path) -> dict[str, str]:
    """Settings of a server whose ledger has a sale, sealed."""

    async def fill() -> None:
        async with open_pg(pg_url) as pg:
            held = hold(31_390_000, call_id=CALL, money=10**9)
            price, payout = Micros(31_390_000), Micros(24_000_000)
            sale = capture_for(held, price=price, publisher="pub", payout=payout)
            back = book_of("reversal", ("wallet:acme", 1_390_000), ("margin", -1_390_000),
                           reverses=sale.id)  # fmt: skip
            await LedgerWriter(pg)([top_up(1_500_000_000, ref="pi_77"), held, sale, back])
            await Sealer(pg, tmp_path / "ledger.seal").seal()

    trio.run(fill)
    places = dict.fromkeys(("AUCTIOND_DATA_DIR", "AUCTIOND_PROOF_DIR"), str(tmp_path))
    return {"AUCTIOND_DATABASE_URL": pg_super_url} | places


def run(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["ledger", *arguments], env={**environ, "COLUMNS": "120"})


def test_verify_says_what_it_checked_and_how_much(environ):
    result = run(environ, "verify")
    assert result.exit_code == 0
    head, *table, checked, compared, verdict = result.stdout.splitlines()
    assert head.split() == ["checked", "rows", "seconds"]
    rows = {line[:-20].strip(): line.split()[-2] for line in table}
    assert (rows["chains of entries"], rows["seals"]) == ("10", "1")
    assert checked.startswith("Checked 10 entries of 4 accounts, 4 moves and 6 lines in ")
    assert compared == f"Compared with 1 seal in {environ['AUCTIOND_PROOF_DIR']}/ledger.seal."
    assert verdict == "Everything is as it was written."


def test_verify_without_seals_says_what_it_cannot_see(environ):
    (Path(environ["AUCTIOND_PROOF_DIR"]) / "ledger.seal").unlink()
    result = run(environ, "verify")
    assert (result.exit_code, "There are no seals in" in result.stdout) == (0, True)


def test_verify_lists_what_was_changed_and_fails(environ):
    async def tamper() -> None:
        async with open_pg(environ["AUCTIOND_DATABASE_URL"]) as pg:
            change = "UPDATE ledger_line SET amount = amount + 1 WHERE account = 'publisher:pub'"
            await pg.run_script(f"{TRIGGERS_OFF}; {change}; {TRIGGERS_ON}")

    trio.run(tamper)
    result = run(environ, "verify")
    assert result.exit_code == 1
    assert "NOT as it was written, in 2 places:" in result.stdout
    assert "its lines are not what its body says" in result.stdout
    assert "  unit usd: all moves sum to 1, not to zero" in result.stdout


def test_balances_line_up_to_the_right(environ):
    assert run(environ, "balance").stdout.splitlines() == [
        "account        posted  held      free",
        "wallet:acme  1,470.00  0.00  1,470.00",
    ]
    assert run(environ, "balance", "slot:").stdout.split()[4:] == ["slot:t1", "0", "0", "0"]
    assert "No account" in run(environ, "balance", "nobody").stdout


def test_every_line_of_a_statement_names_its_call_or_its_payment(environ):
    head, *lines = run(environ, "statement", "wallet:acme").stdout.splitlines()
    assert head.split() == ["at", "(UTC)", "what", "change", "held", "change", "balance", "for"]
    told = [line.split()[2:] for line in lines]
    assert told == [
        ["opening", "0.00"],
        ["top-up", "1,500.00", "0.00", "1,500.00", "payment", "pi_77"],
        ["hold", "0.00", "31.39", "1,500.00", "call", str(CALL)],
        ["capture", "-31.39", "-31.39", "1,468.61", "call", str(CALL)],
        ["reversal", "1.39", "0.00", "1,470.00", "call", str(CALL)],
        ["closing", "1,470.00"],
    ]
    assert len({line.index("call") for line in lines if "call" in line}) == 1  # They line up.
    lines = run(environ, "statement", "publisher:pub").stdout.splitlines()[1:]
    assert [line.split()[2:] for line in lines] == [
        ["opening", "0.00"],
        ["capture", "24.00", "24.00", "call", str(CALL)],
        ["closing", "24.00"],
    ]


def test_a_statement_as_csv_adds_up_and_leads_to_its_calls(environ, tmp_path):
    path = tmp_path / "acme.csv"
    run(environ, "statement", "wallet:acme", "--format", "csv", "--output", str(path))
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    opening, *lines, closing = rows
    assert (opening["what"], closing["what"], closing["balance"]) == (
        "opening",
        "closing",
        "1470.00",
    )
    changes = sum(Decimal(row["change"]) for row in lines)
    assert Decimal(opening["balance"]) + changes == Decimal(closing["balance"])
    assert [row["call"] for row in lines] == ["", *[str(CALL)] * 3]
    assert (lines[0]["ref"], lines[-1]["unit"]) == ("pi_77", "usd")


def test_a_statement_as_html_is_a_page_to_print(environ):
    page = run(environ, "statement", "wallet:acme", "--format", "html").stdout
    assert "size: A4" in page
    assert "<title>Statement of wallet:acme</title>" in page
    for part in ("1470.00", "-31.39", f"call {CALL}", "payment pi_77", "<dd>USD</dd>"):
        assert part in page, part
    assert "<script" not in page


def test_the_next_period_opens_with_what_the_last_closed_with(environ):
    soon = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    later = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    told = run(environ, "statement", "wallet:acme", "--since", soon, "--until", later).stdout
    assert "Nothing changed wallet:acme" in told
    assert "it stood at 1470.00." in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["statement", "walet:acme"], "'walet:acme' is no account; they look like wallet:acme"),
        (["statement", "wallet:acme", "--until", "2020-01-01"], "Nothing changed wallet:acme"),
        (["verify", "--seals", "/nowhere"], "'/nowhere' does not exist"),
    ],
)
def test_what_is_asked_wrongly_is_answered_in_words(environ, arguments, said):
    assert said in run(environ, *arguments).output


def test_a_folder_without_a_database_says_so(tmp_path):
    result = run({"AUCTIOND_DATA_DIR": str(tmp_path / "none")}, "verify")
    assert result.exit_code == 1
    assert "there is no database in" in result.output
    assert not (tmp_path / "none").exists()


def test_a_database_that_is_away_is_told_in_words(tmp_path):
    result = run({"AUCTIOND_DATABASE_URL": f"postgresql://me@/x?host={tmp_path}"}, "balance")
    assert result.exit_code == 1
    assert "Error: the database did not answer as it should: no connection" in result.output


def test_a_long_list_of_problems_is_cut_and_counted():
    problems = tuple(Problem(f"month {n}", "x") for n in range(PROBLEMS_SHOWN + 1_200))
    lines = list(problem_lines(Report(problems, 0, 0, 0, 0, 0, 1.0)))
    assert lines[0] == "NOT as it was written, in 1,250 or more places:"
    assert (len(lines), lines[-1]) == (PROBLEMS_SHOWN + 2, "  and 1,200 more")


@pytest.mark.parametrize(("patience_s", "shown"), [(0.0, True), (3600.0, False)])
def test_a_bar_comes_only_after_a_while(patience_s, shown):
    screen = io.StringIO()
    with LongWork(patience_s, Console(file=screen, force_terminal=True, width=80)) as work:
        work.show("entries", 10_000, 50_000)
        work.show("moves", 5, 3)
    assert ("10,000 of 50,000" in screen.getvalue()) is shown
