"""Find the embedded server that another process of ours runs, to look into its database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auctiond.pg.door import open_pg
from auctiond.pg.embedded import DEFAULTS, EmbeddedOptions
from auctiond.pg.errors import PgAway
from auctiond.pg.place import EmbeddedError, find_home, server_identity
from auctiond.pg.remains import read_pid_file

ROLE = "auctiond_app"


@dataclass(frozen=True, slots=True)
class Found:
    """`exists`: there is a database. `url`: by which its server answers; "" while none runs."""

    exists: bool
    url: str


async def find_running(data_dir: Path, options: EmbeddedOptions = DEFAULTS) -> Found:
    """Return what is known of the embedded server of `data_dir`. Changes nothing."""
    data = find_home(data_dir, server_identity(options.user), options.shared_dir) / "pgdata"
    try:
        if not data.exists():
            return Found(False, "")
        written = read_pid_file(data)
    except PermissionError:
        raise EmbeddedError(
            f"{data}: belongs to somebody else; run this as the user that runs auctiond"
        ) from None
    if written is None or written.status != "ready":
        return Found(True, "")
    url = f"postgresql://{ROLE}@/auctiond?host={written.socket_dir}"
    try:
        async with open_pg(url, connections_max=1):
            return Found(True, url)
    except PgAway:  # It was killed, and its file is all that is left.
        return Found(True, "")
