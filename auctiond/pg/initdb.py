"""Make the embedded server's data folder, and say who may connect."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import trio

from auctiond.pg.place import EmbeddedError, Place, make_private, own_name

ADMIN = "auctiond_admin"
ROLES = (
    ADMIN,
    "auctiond_migrator",
    "auctiond_app",
    "auctiond_reader",
    "auctiond_auditor",
    "auctiond_retention",
)

# Only through the socket, and only the very user that auctiond runs as.
HBA = "local all all peer map=auctiond\nlocal replication all peer map=auctiond\n"


def write_access(place: Place, other_roles: Sequence[str]) -> None:
    """Write who may connect. The files are ours; the server only reads them."""
    name = own_name().replace('"', '""')
    idents = "".join(f'auctiond "{name}" {role}\n' for role in (*ROLES, *other_roles))
    for path, text in (
        (place.home / "pg_hba.conf", HBA),
        (place.home / "pg_ident.conf", idents),
    ):
        draft = path.with_suffix(".new")
        draft.write_text(text)
        draft.chmod(0o644)
        draft.replace(path)


async def init_data(place: Place, fsync: bool) -> None:
    """Make the data folder if there is none; refuse one of another major version."""
    if not place.data.exists():
        draft = place.home / "pgdata.new"
        shutil.rmtree(draft, ignore_errors=True)  # Of an attempt that was cut short.
        make_private(draft, place.who)
        await _run(place, "initdb", *_initdb_options(draft), *([] if fsync else ["--no-sync"]))
        draft.rename(place.data)
    make_private(place.data, place.who)
    have = (place.data / "PG_VERSION").read_text().strip()
    words = await _run(place, "postgres", "--version")
    found = re.search(r"\) (\d+)", words)
    if found is None or found[1] != have:
        raise EmbeddedError(
            f"{place.data} was made by PostgreSQL {have}, and this is {words.strip()}. To move on: "
            "with the auctiond that made it, write a dump (pg_dumpall); move this folder away; "
            "start the new one once and load the dump (psql)"
        )


def _initdb_options(data: Path) -> list[str]:
    return [
        f"--pgdata={data}",
        f"--username={ADMIN}",
        "--auth-local=peer",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--data-checksums",
    ]


async def _run(place: Place, program: str, *args: str) -> str:
    """Run a program of PostgreSQL's as the server's user; return what it prints."""
    dropped = str(Path(__file__).with_name("dropped.py"))
    who = (str(place.who.uid), str(place.who.gid))
    done = await trio.run_process(
        [sys.executable, "-I", "-S", dropped, *who, "0", str(place.bin_dir / program), *args],
        capture_stdout=True,
        stderr=subprocess.STDOUT,
        check=False,
        cwd="/",
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise EmbeddedError(f"{program} failed:\n{text}")
    return text
