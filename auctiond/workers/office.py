"""A server of several workers, from its start to its end: database, supervisor, seal."""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click
import trio

from auctiond.config import ConfigError, Settings
from auctiond.database import connect, open_database
from auctiond.jobs.seal import make_sealer
from auctiond.listener import address_of
from auctiond.logs import Log
from auctiond.show.banner import banner
from auctiond.signals import Signals
from auctiond.workers.supervisor import Supervisor

SEAL_S = 10.0
# What the sockets and the database are made of: workers cannot be given another one by one.
FIXED = ("listen", "metrics_listen", "workers", "data_dir", "database_url")


@dataclass(frozen=True, slots=True)
class Sockets:
    listen: socket.socket
    metrics: Sequence[socket.socket]  # One for each worker.


@dataclass(frozen=True, slots=True)
class Office:
    settings: Settings
    load: Callable[[], Settings]
    sockets: Sockets
    signals: Signals

    async def serve(self) -> None:
        """Serve with several workers until the first signal."""
        log = Log("supervisor")
        note = partial(log.info, "database.note")
        async with (
            open_database(self.settings, lambda text: note(text=text)) as where,
            connect(where) as pg,
        ):
            with _folder() as folder:
                sockets = (self.sockets.listen, self.sockets.metrics)
                supervisor = Supervisor(self.settings, where, pg, *sockets, folder, log)
                async with trio.open_nursery() as nursery:
                    await nursery.start(supervisor.run)
                    self._tell(log)
                    self.signals.ready.set()
                    nursery.start_soon(self._renew, supervisor, log)
                    await self.signals.stop.wait()
                    log.info("server.stopping")
                    supervisor.stop()
                    await supervisor.ended.wait()
                    nursery.cancel_scope.cancel()
            with trio.move_on_after(SEAL_S):  # Who comes to a stopped server finds it sealed.
                await make_sealer(pg, self.settings).try_to_seal()

    def _tell(self, log: Log) -> None:
        listen, workers = address_of(self.sockets.listen), self.settings.workers
        metrics = [address_of(each) for each in self.sockets.metrics]
        log.info("server.ready", listen=listen, workers=workers, metrics=metrics)
        if sys.stderr.isatty():
            click.echo(banner(self.settings, listen, metrics=metrics), err=True)

    async def _renew(self, supervisor: Supervisor, log: Log) -> None:
        """Replace the workers one by one, whenever that is asked for."""
        while True:
            await self.signals.anew.wait()
            self.signals.anew = trio.Event()
            try:
                settings = self.load()
            except ConfigError as error:
                log.error("settings.refused", why=str(error))
                continue
            for key in FIXED:
                if getattr(settings, key) != getattr(self.settings, key):
                    log.warning("settings.kept", key=key, why="it takes a whole restart to change")
            kept = {key: getattr(self.settings, key) for key in FIXED}
            await supervisor.restart(replace(settings, **kept))


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder of our own for unix sockets, whose paths may have 107 bytes."""
    folder = tempfile.mkdtemp(prefix="auctiond-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
