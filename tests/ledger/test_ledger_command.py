"""`auctiond ledger`, as a person uses it."""

from __future__ import annotations

import pytest
import trio
from click.testing import CliRunner, Result

from auctiond.commands.ledger import command
from auctiond.jobs.seal import Sealer
from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import open_book
from ledger.moves import capture_for
from market.money import Micros
from tests.ledger.helpers import hold, top_up


def run(*args: object) -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args], env={"COLUMNS": "200"})


@pytest.fixture
def url(pg_url: str, tmp_path) -> str:
    """A ledger with one sale for 12.50 and one open hold, and its seal in `tmp_path`."""

    async def main() -> None:
        async with open_pg(pg_url, connections_max=2) as pg, open_book(pg) as book:
            await book.apply(top_up(100_000_000))
            sold, waits = (hold(12_500_000, money=10**9) for _ in range(2))
            await book.apply(sold)
            await book.apply(waits)
            price, payout = Micros(12_500_000), Micros(10_000_000)
            await book.apply(capture_for(sold, price=price, publisher="pub", payout=payout))
            await Sealer(pg, tmp_path / "seal").seal()

    trio.run(main)
    return pg_url


def test_balance_shows_what_is_free(url):
    result = run("balance", "--url", url)
    assert result.exit_code == 0, result.output
    assert "87.50" in result.output
    assert "75.00" in result.output
    assert "slot:t1" not in result.output
    assert "slot:t1" in run("balance", "slot:", "--url", url).output


def test_a_statement_lists_what_changed_an_account(url):
    lines = run("statement", "wallet:acme", "--url", url).output.splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["topup", "hold", "hold", "capture"]
    assert "10.00" in run("statement", "publisher:pub", "--url", url).output


def test_a_statement_of_no_account_says_how_accounts_look(url):
    result = run("statement", "acme", "--url", url)
    assert result.exit_code == 1
    assert "wallet:acme" in result.output


def test_verify_says_what_it_checked(url, tmp_path):
    result = run("verify", "--url", url, "--seals", tmp_path / "seal")
    assert result.exit_code == 0, result.output
    assert "4 moves" in result.output
    assert "1 seals" in result.output
    assert "ok" in result.output


def test_verify_fails_when_something_is_not_as_it_was_written(url, pg_super_url):
    async def forge() -> None:
        async with open_pg(pg_super_url, connections_max=1) as pg:
            await pg.run_together(
                ("ALTER TABLE ledger_line DISABLE TRIGGER USER", ()),
                ("UPDATE ledger_line SET amount = 1 WHERE account = 'publisher:pub'", ()),
            )

    trio.run(forge)
    result = run("verify", "--url", url)
    assert result.exit_code == 1
    assert "its lines are not what its body says" in result.output
    assert "NOT ok" in result.output


def test_a_database_that_is_not_there_is_said_in_a_sentence(tmp_path):
    result = run("verify", "--url", f"postgresql://nobody@/none?host={tmp_path}")
    assert result.exit_code == 1
    assert "Error: the database did not answer" in result.output
