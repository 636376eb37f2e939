"""Run the embedded PostgreSQL: start it, watch it, restart it when it dies, stop it gently.

It listens on a unix socket only. We are the parent, so that a dead server is noticed and
reaped at once; and it is told to stop when we die, so that it never outlives us for long.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from auctiond.pg.initdb import ADMIN, init_data, write_access
from auctiond.pg.place import EmbeddedError, Place, make_place
from auctiond.pg.remains import POLL_S, clear_remains, read_pid_file, wait_news_of

SHARED = Path("/var/lib/auctiond")  # Where things go that the server's user could not reach.
START_TRIES = 6  # What an earlier server left (locks, shared memory) goes away within seconds.
RESTART_S_MAX = 30.0  # With a full disk no start succeeds; do not turn that into a busy loop.
TELL_EVERY_S = 5.0  # While it recovers from a crash, which takes as long as it takes.
LOG_BYTES_MAX = 10_000_000  # A log of that size is set aside at the next start.
TAIL_BYTES = 2_000
# Smart: clients may finish. Fast: they are cut off, and a checkpoint is written. Then force.
STOP_LADDER = (
    (signal.SIGTERM, 2.0),
    (signal.SIGINT, 60.0),
    (signal.SIGQUIT, 5.0),
    (signal.SIGKILL, 5.0),
)
PASSING = (
    "postmaster.pid",
    "lock file",
    "shared memory block",
)  # Causes of a failed start that pass.

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EmbeddedOptions:
    user: str | None = None  # As whom the server runs when we are root.
    bin_dir: Path | None = None  # Another PostgreSQL (17 or newer) than the wheel's.
    socket_dir: Path | None = None
    shared_dir: Path = SHARED
    shared_buffers_mb: int = 128
    connections_max: int = 40
    other_roles: tuple[str, ...] = ()  # Roles of yours that our own user may connect as.
    fsync: bool = True  # False loses data in a power cut: for tests that are about other things.


DEFAULTS = EmbeddedOptions()


class Embedded:
    """A server that runs, or is being restarted."""

    def __init__(self, place: Place, options: EmbeddedOptions, say: Say) -> None:
        self.place = place
        self.restarts = 0
        self._options = options
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket_dir(self) -> Path:
        return self.place.socket_dir

    @property
    def pid(self) -> int | None:
        """The postmaster's pid, while there is one."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and alive else None

    def url(self, role: str = "auctiond_app", database: str = "auctiond") -> str:
        """Return the URL by which `role` connects."""
        return f"postgresql://{role}@/{database}?host={self.socket_dir}"

    @property
    def admin_url(self) -> str:
        """For migrations and backups: the superuser."""
        return self.url(ADMIN)

    async def keep(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Start it, and whenever it ends start it again."""
        try:
            await self._first_start()
            task_status.started()
            while True:
                await self._wait_end()
                self.restarts += 1
                self._say(f"PostgreSQL ended by itself and is started again\n{self._tail()}")
                await self._restart()
        finally:
            await self._stop()

    async def _first_start(self) -> None:
        for turn in range(START_TRIES):
            if await self._start():
                return
            tail = self._tail()
            if not any(cause in tail for cause in PASSING):
                break
            await trio.sleep(0.1 * 2**turn)
        raise EmbeddedError(f"PostgreSQL does not start; the end of {self.place.log}:\n{tail}")

    async def _restart(self) -> None:
        wait_s = 0.05
        while not await self._start():
            self._say(f"PostgreSQL does not start; next try in {wait_s:.1f} s\n{self._tail()}")
            await trio.sleep(wait_s * random.uniform(0.8, 1.2))
            wait_s = min(2 * wait_s, RESTART_S_MAX)

    async def _start(self) -> bool:
        """Start it once, and wait until it is ready (True) or has given up (False)."""
        await clear_remains(self.place.data, self.place.socket_dir)
        self._process = process = _launch(self.place, self._options)
        next_tell = trio.current_time() + TELL_EVERY_S
        while process.poll() is None:
            written = read_pid_file(self.place.data)
            if written and written.pid == process.pid and written.status == "ready":
                return True
            if trio.current_time() >= next_tell:
                self._say(f"PostgreSQL is still starting: {self._tail().rpartition(chr(10))[2]}")
                next_tell += TELL_EVERY_S
            await trio.sleep(POLL_S / 5)
        return False

    async def _wait_end(self) -> None:
        while (pid := self.pid) is not None:
            await wait_news_of(pid)

    async def _stop(self) -> None:
        for number, patience_s in STOP_LADDER:
            if self._process is None or self.pid is None:
                return
            self._process.send_signal(number)
            with trio.move_on_after(patience_s, shield=True):
                await self._wait_end()

    def _tail(self) -> str:
        with self.place.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
            return log.read().decode(errors="replace").strip()


def _launch(place: Place, options: EmbeddedOptions) -> subprocess.Popen[bytes]:
    # Here and not in a worker thread: the kernel ends the server when the *thread* ends that
    # started it. A session of its own, or Ctrl-C would stop the server before us.
    who = place.who
    script = str(Path(__file__).with_name("dropped.py"))
    command = [sys.executable, "-I", "-S", script, str(who.uid), str(who.gid), str(os.getpid())]
    command += [str(place.bin_dir / "postgres"), "-D", str(place.data)]
    for name, value in _settings(place, options).items():
        command += ["-c", f"{name}={value}"]
    with place.log.open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )


def _settings(place: Place, options: EmbeddedOptions) -> dict[str, object]:
    return {
        "listen_addresses": "",
        "unix_socket_directories": place.socket_dir,
        "unix_socket_permissions": "0700",
        "hba_file": place.home / "pg_hba.conf",
        "ident_file": place.home / "pg_ident.conf",
        "max_connections": options.connections_max,
        "shared_buffers": f"{options.shared_buffers_mb}MB",
        "fsync": "on" if options.fsync else "off",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_error_verbosity": "terse",  # Else values of rows stand in the log.
        "log_min_error_statement": "panic",
        "cluster_name": "auctiond",
    }


@asynccontextmanager
async def run_embedded(
    data_dir: Path, options: EmbeddedOptions = DEFAULTS, say: Say = lambda _: None
) -> AsyncIterator[Embedded]:
    """Run a server on `data_dir` for as long as the block lasts.

    `say` gets what a person should know: where things are if not where wanted, and restarts.
    """
    place = make_place(
        data_dir, options.user, options.bin_dir, options.socket_dir, options.shared_dir
    )
    for note in place.notes:
        say(note)
    with _lock(place.home / "lock"), _log(place.log), _removed_if_fresh(place):
        write_access(place, options.other_roles)
        await init_data(place, options.fsync)
        server = Embedded(place, options, say)
        with _single_errors():
            async with trio.open_nursery() as nursery:
                await nursery.start(server.keep)
                yield server
                nursery.cancel_scope.cancel()


@contextmanager
def _single_errors() -> Iterator[None]:
    """Raise what the block raised, not a group of one: commands show it to people."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        raise group.exceptions[0] from group.exceptions[0].__cause__


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"{path.parent}: another auctiond runs on this data folder; stop it first"
            ) from None
        yield


@contextmanager
def _log(path: Path) -> Iterator[None]:
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_suffix(".log.old"))
    path.touch(0o600)
    yield


@contextmanager
def _removed_if_fresh(place: Place) -> Iterator[None]:
    """Remove a socket folder that was made for this run alone."""
    try:
        yield
    finally:
        if place.socket_dir.name.startswith("auctiond-") and place.socket_dir.parent == Path(
            "/tmp"
        ):
            for path in place.socket_dir.iterdir():
                path.unlink()
            place.socket_dir.rmdir()
