"""Finds an embedded server that another process of ours runs, by what it wrote down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auctiond.pg.embedded import DEFAULTS, EmbeddedOptions
from auctiond.pg.place import find_home, server_identity
from auctiond.pg.remains import processes_in, read_pid_file

SOCKET_LINE = 4  # Of postmaster.pid, counted from 0.


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a server on a folder."""

    data: Path
    exists: bool  # There was one at some time.
    socket_dir: Path | None  # Where it is to be reached; None: it does not run.

    def url(self, role: str, database: str = "auctiond") -> str:
        """Return the URL by which `role` connects to the running server."""
        return f"postgresql://{role}@/{database}?host={self.socket_dir}"


def find_server(data_dir: Path, options: EmbeddedOptions = DEFAULTS) -> Found:
    """Look for the server that `run_embedded` runs on `data_dir`. Changes nothing."""
    home = find_home(data_dir, server_identity(options.user), options.shared_dir)
    data = home / "pgdata"
    if not data.exists():
        return Found(data, False, None)
    written = read_pid_file(data)
    if written is None or written.status != "ready" or written.pid not in processes_in(data):
        return Found(data, True, None)
    lines = (data / "postmaster.pid").read_text().splitlines()
    return Found(data, True, Path(lines[SOCKET_LINE]))
