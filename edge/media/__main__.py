"""`python -m edge.media FILE`: the media switch. docs/sip.md says how to run one for real."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from base64 import b64encode
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
import httpx2
import orjson
from hypercorn.asyncio import serve
from hypercorn.config import Config

from edge.media.app import App
from edge.media.asking import pressed
from edge.media.fetching import Fetching
from edge.media.hooks import Hooks, read_key
from edge.media.mixer import run_clock
from edge.media.prompts import Prompts
from edge.media.recordings import Recordings
from edge.media.settings import BadSettings, Settings, load_settings
from edge.media.sip import CannotStart, open_stack
from edge.media.switch import Switch

PURGE_EVERY_S = 300.0
BACKLOG = 100  # Connections that wait to be taken, as hypercorn has it.
KEEP_ALIVE_S = 75.0  # Longer than the server keeps a connection, so that it closes it.


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def main(file: Path) -> None:
    """Run the media switch by the settings in FILE until a signal stops it."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("baresip").setLevel(logging.WARNING)  # At INFO it names callers.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        settings = load_settings(file)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        key = read_key(settings.key_path)
    except (BadSettings, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    host, _, port = settings.listen.rpartition(":")
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, int(port)))
        door.listen(BACKLOG)  # Before we say where we are: who is quick waits, and is not refused.
    except OSError as error:
        raise click.ClickException(f"listen {settings.listen}: {error.strerror}") from None
    try:
        asyncio.run(run(settings, key, door))
    except CannotStart as error:
        raise click.ClickException(str(error)) from None


async def run(settings: Settings, key: Any, door: socket.socket) -> None:  # noqa: ANN401
    """Serve until a signal comes."""
    host, port = door.getsockname()
    url = settings.url or f"http://{host}:{port}"
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with (
        httpx2.AsyncClient(timeout=None, trust_env=False) as client,
        open_stack(settings) as stack,
    ):
        fetching = Fetching(client, settings.audio_networks)
        prompts = Prompts(fetching, settings.voice, settings.data_dir / "prompts")
        recordings = Recordings(settings.data_dir / "recordings", url, settings.api_key)
        switch = Switch(settings, stack, prompts, recordings)
        switch.hooks = Hooks(client, key, switch.start)
        switch.on_key = partial(pressed, switch)
        stack.begin()
        switch.start(run_clock(switch.live))
        switch.start(_purge(switch))
        public = b64encode(key.public_key().public_bytes_raw()).decode()
        click.echo(orjson.dumps({"url": url, "sip": settings.sip_listen, "public_key": public}))
        await serve(
            cast("Any", App(switch, settings.api_key)), _web(door), shutdown_trigger=stop.wait
        )
        await switch.close()


async def _purge(switch: Switch) -> None:
    while True:
        switch.recordings.purge(switch.clock.now_ms())
        await asyncio.sleep(PURGE_EVERY_S)


def _web(door: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{os.dup(door.fileno())}"]
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.graceful_timeout = 1.0
    config.loglevel = "ERROR"
    return config


if __name__ == "__main__":
    main()
