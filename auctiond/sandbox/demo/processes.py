"""Child processes of the demo: started, waited for until they say where they are, stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from auctiond.config import PREFIX

NOTHING: Mapping[str, str] = {}
HURRY_S = 3.0  # Told twice to stop, the server does not wait for its last calls.
STOP_S = 45.0  # Longer than its database needs to stop, however busy the machine.


class DemoError(Exception):
    """The demo cannot go on; the text is for the person who watches."""


@asynccontextmanager
async def child(
    name: str, *args: str, logs: Path, more: Mapping[str, str] = NOTHING
) -> AsyncIterator[trio.Process]:
    """Run `python -m ARGS` while the block lasts; its complaints go to LOGS/NAME.log."""
    with (logs / f"{name}.log").open("wb") as log:
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", *args],
            stdout=subprocess.PIPE,
            stderr=log,
            env=clean_environment() | {"PYTHONUNBUFFERED": "1"} | dict(more),
            start_new_session=True,  # Ctrl-C is for the demo, which then stops its children.
        )
    try:
        yield process
    finally:
        for patience_s in (HURRY_S, STOP_S):
            if process.returncode is None:
                process.terminate()
            with trio.move_on_after(patience_s, shield=True):
                await process.wait()
        if process.returncode is None:
            process.kill()


def clean_environment() -> dict[str, str]:
    """Return our environment without settings: a real database is no place for a demo."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


async def first_line(name: str, process: trio.Process, logs: Path, within_s: float) -> str:
    """Return the first line that the child prints: it says where it is to be reached."""
    assert process.stdout is not None
    text = b""
    with trio.move_on_after(within_s):
        while b"\n" not in text:
            part = await process.stdout.receive_some(4096)
            if not part:
                break
            text += part
    if b"\n" not in text:
        raise DemoError(f"the {name} did not start:\n{tail(logs / f'{name}.log')}")
    return text.partition(b"\n")[0].decode()


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def free_port() -> int:
    """Return a port on loopback that is free at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
