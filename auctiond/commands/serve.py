"""`auctiond serve`: the server."""

from __future__ import annotations

import gc
import signal
import sys
from functools import partial
from pathlib import Path

import click
import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.config import ConfigError, Settings, load_settings
from auctiond.database import open_database
from auctiond.key_file import KeyFileError
from auctiond.logs import Log, hypercorn_logger, set_up_logs
from auctiond.main import open_server
from auctiond.pg.migrate import MigrationError
from auctiond.pg.place import EmbeddedError
from auctiond.web.app import make_app

IDLE_S = 75.0  # A little over what proxies and carriers keep a connection for.
GRACE_S = 1.0  # For requests under way when the server stops; calls have their own time.


@click.command()
@click.option("--config", type=click.Path(path_type=Path), help="The settings file.")
def command(config: Path | None) -> None:
    """Run the server until it is told to stop."""
    try:
        settings = load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
    set_up_logs(settings.log_level)
    sys.setswitchinterval(settings.switch_interval_ms / 1000)
    try:
        trio.run(run, settings)
    except* (EmbeddedError, MigrationError, KeyFileError) as group:
        raise click.ClickException(str(group.exceptions[0])) from None


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    log = Log("server")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    say = partial(_say, log)
    async with (
        open_database(settings, say) as where,
        open_server(settings, where, log) as server,
    ):
        gc.collect()
        gc.freeze()  # What is loaded now stays; a full collection in mid-auction need not see it.
        log.info("server.ready", listen=settings.listen, version=server.base.networks.version)
        await serve(
            make_app(server.doors),
            _hypercorn(settings),
            shutdown_trigger=_stopped,
            mode="asgi",
        )
        log.info("server.stopping", calls=len(server.desk.live()))


async def _stopped() -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            return


def _say(log: Log, text: str) -> None:
    log.info("database.note", text=text)


def _hypercorn(settings: Settings) -> Config:
    config = Config()
    config.bind = [settings.listen]
    config.keep_alive_timeout = IDLE_S
    config.graceful_timeout = GRACE_S
    config.errorlog = hypercorn_logger()
    config.include_server_header = False
    return config
