"""`auctiond serve`: the server."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import trio

from auctiond.config import ConfigError, Settings, load_settings
from auctiond.data_dir import own_data_dir
from auctiond.database import open_database
from auctiond.garbage import settle_garbage
from auctiond.keys.key_file import KeyFileError
from auctiond.listener import address_of, bind_listener, bind_metrics
from auctiond.logs import Log, set_up_logs
from auctiond.main import open_server, why_not_ready
from auctiond.pg.claims import Fenced
from auctiond.pg.migrate import MigrationError
from auctiond.pg.place import EmbeddedError
from auctiond.proof_dir import make_proof_dir
from auctiond.serving import BACKLOG, allow_files, guards_of, serve_web
from auctiond.show.banner import banner
from auctiond.signals import ANEW, STOP, Signals
from auctiond.start_error import StartError, first_cause
from auctiond.web.app import make_app
from auctiond.web.metrics_app import make_metrics_app
from auctiond.web.turning_away import TurningAway
from auctiond.workers.office import Office, Sockets

Load = Callable[[], Settings]


@click.command()
@click.option("--config", type=click.Path(path_type=Path), help="The settings file.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="How many processes take calls, a core each  [the setting `workers`; else 1].",
)
def command(config: Path | None, workers: int | None) -> None:
    """Run the server until it is told to stop (SIGTERM, or Ctrl-C; twice is at once).

    With several workers, SIGHUP reads the settings again and replaces them one by one.
    """

    def load() -> Settings:
        settings = load_settings(config)
        return settings if workers is None else replace(settings, workers=workers)

    try:
        settings = load()
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
    set_up_logs(settings.log_level)
    allow_files()
    sys.setswitchinterval(settings.switch_interval_ms / 1000)
    try:
        trio.run(run, settings, load)
    except* (StartError, EmbeddedError, MigrationError, KeyFileError, Fenced) as group:
        raise click.ClickException(str(first_cause(group))) from None


async def run(settings: Settings, load: Load) -> None:
    """Serve until the first signal; the second one cuts short what is still going on."""
    several = settings.workers > 1
    with ExitStack() as stack:
        stack.enter_context(own_data_dir(settings.data_dir))
        make_proof_dir(settings)
        bound = stack.enter_context(bind_listener(settings.listen))
        metrics = bind_metrics(settings.metrics_at, settings.workers)
        for each in metrics:
            stack.enter_context(each)
        heard = stack.enter_context(trio.open_signal_receiver(*STOP, *((ANEW,) if several else ())))
        signals = Signals()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(signals.watch, heard, nursery.cancel_scope)
            if several:
                await Office(settings, load, Sockets(bound, metrics), signals).serve()
            else:
                await _serve(settings, bound, metrics, signals)
            nursery.cancel_scope.cancel()


async def _serve(
    settings: Settings, bound: socket.socket, metrics: Sequence[socket.socket], signals: Signals
) -> None:
    log = Log("server")
    listen = address_of(bound)
    async with (
        open_database(settings, partial(_say, log)) as where,
        open_server(settings, where, log) as server,
    ):
        settle_garbage()
        bound.listen(BACKLOG)  # Who reads that we are ready may connect at once.
        log.info("server.ready", listen=listen, version=server.base.networks.version)
        if sys.stderr.isatty():
            click.echo(banner(settings, listen, server.base.networks.version), err=True)
        signals.ready.set()
        async with trio.open_nursery() as nursery:
            for each in metrics:
                own = make_metrics_app(server.base.metrics, partial(why_not_ready, server))
                nursery.start_soon(serve_web, own, each, signals.stop.wait)
            guards = guards_of(settings, server.base.metrics)
            refuse = TurningAway(server.doors.hooks)
            await serve_web(make_app(server.doors), bound, signals.stop.wait, guards, refuse)
        log.info("server.stopping", calls=len(server.desk.live()))


def _say(log: Log, text: str) -> None:
    log.info("database.note", text=text)
