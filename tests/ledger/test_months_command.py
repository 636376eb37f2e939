"""`auctiond ledger months`, `archive` and `verify --file`, on a ledger that is eight years old."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from click.testing import CliRunner

from auctiond.cli import main
from auctiond.pg.door import open_pg
from tests.ledger.old_months import OldLedger


@pytest.fixture
def environ(pg_super_url, tmp_path) -> dict[str, str]:
    async def fill() -> None:
        async with open_pg(pg_super_url) as pg:
            ledger = OldLedger(pg, pg, tmp_path)
            await ledger.fill()
            await ledger.seal()

    trio.run(fill)
    places = dict.fromkeys(("AUCTIOND_DATA_DIR", "AUCTIOND_PROOF_DIR"), str(tmp_path))
    return {"AUCTIOND_DATABASE_URL": pg_super_url, "COLUMNS": "80"} | places


def test_the_commands_say_what_goes_where_and_prove_it(environ, tmp_path):
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["ledger", *arguments], env=environ)
        return done.exit_code, done.output

    code, said = run("archive", "--dry-run")
    assert (code, said.splitlines()[0]) == (
        0, f"2018-10 would go into {tmp_path}/months/ledger-2018-10.jsonl.gz."
    )  # fmt: skip
    assert not (tmp_path / "months").exists()
    code, said = run("archive")
    assert (code, said.count("is out of the database")) == (0, 3), said
    assert run("archive") == (0, "No month is over seven years old.\n")
    code, said = run("months")
    rows = [line.split() for line in said.splitlines()]
    assert rows[1][:4] == ["2018-10", "6", "14", "in"]
    assert max(len(line) for line in said.splitlines()) <= 80
    assert "The months before 2019-01 are in their files" in run("verify")[1]
    files = sorted(str(path) for path in (tmp_path / "months").iterdir())
    code, said = run("verify", *(f"--file={path}" for path in files))
    assert (code, said.splitlines()[-1]) == (0, "Everything is as it was written.")
    code, said = run("verify", f"--file={files[0]}", f"--file={files[2]}")
    assert (code, "2018-12 does not begin with what 2018-10 ended with" in said) == (1, True)
    broken = tmp_path / "broken.gz"
    broken.write_bytes(Path(files[0]).read_bytes()[:300])
    code, said = run("verify", f"--file={broken}")
    assert (code, "it was cut" in said or "cannot be read" in said) == (1, True)
    code, said = run("statement", "wallet:acme", "--since", "2018-01-01", "--until", "2019-02-01")
    assert "The months before 2019-01 are not in the database any more" in said
