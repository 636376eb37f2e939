"""Bring the database to the newest form: numbered files, forwards only, each applied once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auctiond.pg.door import Pg, open_pg
from auctiond.pg.errors import PgError
from auctiond.pg.sql_file import read_queries

FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_SQL = read_queries("migrate")

INSTRUCTIONS = """\
the database user of the URL may not set up auctiond's roles and schema. Let an administrator run,
connected to this database:
    CREATE ROLE auctiond_owner; CREATE ROLE auctiond_app LOGIN; CREATE ROLE auctiond_reader LOGIN;
    CREATE ROLE auctiond_auditor LOGIN; CREATE ROLE auctiond_retention LOGIN;
    CREATE ROLE auctiond_migrator LOGIN;
    GRANT auctiond_owner TO auctiond_migrator WITH INHERIT FALSE, SET TRUE;
    GRANT auctiond_owner, auctiond_app, auctiond_reader, auctiond_auditor, auctiond_retention,
        auctiond_migrator TO {user};
    CREATE SCHEMA auctiond AUTHORIZATION auctiond_owner;
    GRANT USAGE ON SCHEMA auctiond TO auctiond_app, auctiond_reader, auctiond_auditor,
        auctiond_retention, auctiond_migrator;
and start again. (Or give the user CREATEROLE, and CREATE on the database.)"""


class MigrationError(Exception):
    """The database cannot be brought to the form this program needs; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    no: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def read_migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """Return the migrations of a folder in order; their numbers run from 1 without a gap."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path}: the name of a migration is like 0001_calls.sql")
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    if [one.no for one in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"{folder}: the numbers must run 1, 2, 3, ... with none twice")
    return tuple(found)


async def migrate(url: str, migrations: tuple[Migration, ...] | None = None) -> list[str]:
    """Apply what is missing, and return its names. The url's user must be able to become owner."""
    wanted = read_migrations() if migrations is None else migrations
    async with open_pg(url, connections_max=1) as pg:
        await _prepare(pg)
        done = []
        while missing := await _missing(pg, wanted):
            if await _apply(pg, missing[0]):
                done.append(missing[0].name)
        return done


async def _prepare(pg: Pg) -> None:
    names = ["lock", "make_roles", "make_schema", "become_owner", "our_path", "make_record"]
    try:
        await pg.run_together(*((_SQL[name], ()) for name in [*names, "let_record_be_read"]))
    except PgError as error:
        if error.sqlstate != "42501":  # insufficient_privilege
            raise
        user = await pg.fetch_value("SELECT quote_ident(current_user)")
        raise MigrationError(f"{INSTRUCTIONS.format(user=user)}\nIt said: {error}") from None


async def prepare(url: str) -> None:
    """Make the roles and the schema, as an administrator: the migrator can do the rest."""
    async with open_pg(url, connections_max=1) as pg:
        await _prepare(pg)


async def _missing(pg: Pg, wanted: tuple[Migration, ...]) -> list[Migration]:
    """Return what is still to be applied; refuse a database that is not one of our past."""
    rows = await pg.fetch(_SQL["applied"])
    for row, one in zip(rows, wanted, strict=False):
        if (row["no"], row["sha256"]) != (one.no, one.digest):
            raise MigrationError(
                f"migration {one.no:04}_{one.name} is not the text that was applied to this "
                f"database (as {row['name']}, sha256 {row['sha256'][:12]}); an applied migration "
                "is never changed: restore the file, and put the change in a new one"
            )
    if len(rows) > len(wanted):
        raise MigrationError(
            f"the database is at migration {rows[-1]['no']} ({rows[-1]['name']}), and this "
            f"program knows {len(wanted)}: it is older than the database; run the newer program"
        )
    return list(wanted[len(rows) :])


async def _apply(pg: Pg, one: Migration) -> bool:
    """Apply one migration. Return False when another process did meanwhile."""
    before = [(_SQL[name], ()) for name in ("lock", "become_owner", "our_path")]
    note = (_SQL["note"], (one.no, one.name, one.digest))
    try:
        await pg.run_together(*before, note, (one.text, ()))
    except PgError as error:
        if error.constraint == "migration_pkey":
            return False
        raise MigrationError(f"migration {one.no:04}_{one.name} failed: {error}") from error
    return True


async def ensure_database(server_url: str) -> None:
    """Make the database `auctiond` on a fresh embedded server."""
    async with open_pg(server_url, connections_max=1) as pg:
        if not await pg.fetch_value(_SQL["database_exists"]):
            await pg.execute(_SQL["make_database"])
