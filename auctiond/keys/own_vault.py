"""Opens the vault of this database, and no other: another key file would open nothing in it."""

from __future__ import annotations

from pathlib import Path

from auctiond.keys.key_file import KeyFileError
from auctiond.keys.vault import Vault, open_vault
from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("key_file")


async def open_own_vault(pg: Pg, path: Path) -> Vault:
    """Return the vault of the key file at `path`, which is made at the very first start.

    Raises KeyFileError when it is gone, or not the one whose fingerprint the database has.
    """
    known: str | None = await pg.fetch_value(_SQL["get"])
    vault = _open(path, is_first_start=known is None)
    if known is None:
        await pg.execute(_SQL["note"], vault.fingerprint)
        known = await pg.fetch_value(_SQL["get"])
    if known != vault.fingerprint:
        raise KeyFileError(
            f"{path}: this is the key file of another database (fingerprint {vault.fingerprint}); "
            f"this database belongs to the one with fingerprint {known}; bring that one back"
        )
    return vault


def _open(path: Path, *, is_first_start: bool) -> Vault:
    if not is_first_start and not path.exists():
        raise KeyFileError(
            f"{path}: the key file is gone, and the personal data in this database can be read "
            "with no other; bring it back from your copy (docs/configuration.md, the key file)"
        )
    return open_vault(path, may_create=is_first_start)
