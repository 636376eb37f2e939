"""`auctiond serve`: the server."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import click
import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.config import ConfigError, Settings, load_settings
from auctiond.data_dir import own_data_dir
from auctiond.database import open_database
from auctiond.garbage import settle_garbage
from auctiond.keys.key_file import KeyFileError
from auctiond.listener import address_of, bind_listener
from auctiond.logs import Log, hypercorn_logger, set_up_logs
from auctiond.main import open_server
from auctiond.pg.migrate import MigrationError
from auctiond.pg.place import EmbeddedError
from auctiond.show.banner import banner
from auctiond.start_error import StartError, first_cause
from auctiond.web.app import make_app

IDLE_S = 75.0  # A little over what proxies and carriers keep a connection for.
GRACE_S = 1.0  # For requests under way when the server stops; calls have their own time.


@click.command()
@click.option("--config", type=click.Path(path_type=Path), help="The settings file.")
def command(config: Path | None) -> None:
    """Run the server until it is told to stop (SIGTERM, or Ctrl-C; twice is at once)."""
    try:
        settings = load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
    set_up_logs(settings.log_level)
    sys.setswitchinterval(settings.switch_interval_ms / 1000)
    try:
        trio.run(run, settings)
    except* (StartError, EmbeddedError, MigrationError, KeyFileError) as group:
        raise click.ClickException(str(first_cause(group))) from None


async def run(settings: Settings) -> None:
    """Serve until the first signal; the second one cuts short what is still going on."""
    with (
        own_data_dir(settings.data_dir),
        bind_listener(settings.listen) as bound,
        trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals,
    ):
        async with trio.open_nursery() as nursery:
            stop, ready = trio.Event(), trio.Event()
            nursery.start_soon(_watch, signals, ready, stop, nursery.cancel_scope)
            await _serve(settings, bound, ready, stop)
            nursery.cancel_scope.cancel()


async def _watch(
    signals: AsyncIterator[int], ready: trio.Event, stop: trio.Event, scope: trio.CancelScope
) -> None:
    async for _ in signals:
        if stop.is_set() or not ready.is_set():
            scope.cancel()
        stop.set()


async def _serve(
    settings: Settings, bound: socket.socket, ready: trio.Event, stop: trio.Event
) -> None:
    log = Log("server")
    listen = address_of(bound)
    async with (
        open_database(settings, partial(_say, log)) as where,
        open_server(settings, where, log) as server,
    ):
        settle_garbage()
        log.info("server.ready", listen=listen, version=server.base.networks.version)
        if sys.stderr.isatty():
            click.echo(banner(settings, listen, server.base.networks.version), err=True)
        ready.set()
        await serve(
            make_app(server.doors),
            _hypercorn(bound),
            shutdown_trigger=stop.wait,
            mode="asgi",
        )
        log.info("server.stopping", calls=len(server.desk.live()))


def _say(log: Log, text: str) -> None:
    log.info("database.note", text=text)


def _hypercorn(bound: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{bound.detach()}"]  # From here on it is hypercorn's to close.
    config.keep_alive_timeout = IDLE_S
    config.graceful_timeout = GRACE_S
    config.errorlog = hypercorn_logger()
    config.include_server_header = False
    return config
