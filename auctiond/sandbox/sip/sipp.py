"""Run sipp: one process for each phone. Scenarios are files with @places@ to fill in."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib import resources
from itertools import count
from pathlib import Path

import trio

NEEDED = ("sipp",)
LONGEST_S = 120  # A call of a test or a demo that lasts longer is stuck.
STOP_S = 5.0
_names = count(1)


class SippFailed(Exception):
    """A phone's call did not go as its scenario has it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, whom, and how long. `talk_s` counts from the answer."""

    number: str
    dialled: str
    talk_s: float = 30.0
    patience_s: float = 60.0  # Until it is answered.
    media_port: int = 9  # Of its handset. 9 is "discard": a phone without a sound.
    headers: Mapping[str, str] = field(default_factory=dict)
    call_id: str = ""  # SIP's; "" is sipp's own choice.

    def at(self, media_port: int) -> Caller:
        """Return the caller with a handset."""
        return replace(self, media_port=media_port)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer's phone: how long it rings, and how long its talks last if nobody else ends them."""

    ring_s: float = 0.1
    talk_s: float = 60.0
    media_port: int = 9


@dataclass(frozen=True, slots=True)
class Refuser:
    code: int = 486
    reason: str = "Busy Here"


def have_sipp() -> bool:
    """Tell whether sipp is installed."""
    return shutil.which("sipp") is not None


async def call(caller: Caller, to: str, folder: Path) -> None:
    """Make one call to the switch at `to`, to its end. Raises SippFailed."""
    headers = "".join(f"\n{name}: {value}" for name, value in caller.headers.items())
    scenario = filled(
        "caller",
        number=caller.number,
        dialled=caller.dialled,
        talk_ms=_ms(caller.talk_s),
        patience_ms=_ms(caller.patience_s),
        media=caller.media_port,
        headers=headers,
    )
    named = ["-cid_str", caller.call_id] if caller.call_id else []
    await run_once([to, "-m", "1", *named], scenario, folder)


@asynccontextmanager
async def phone(of: Buyer | Refuser, folder: Path, port: int = 0) -> AsyncIterator[str]:
    """Have a phone that takes calls while the block lasts, and give its SIP address.

    `port` 0 is any that is free.
    """
    if isinstance(of, Refuser):
        scenario = filled("refuser", code=of.code, reason=of.reason)
    else:
        rings, talks = _ms(of.ring_s), _ms(of.talk_s)
        scenario = filled("buyer", ring_ms=rings, talk_ms=talks, media=of.media_port)
    port = port or free_sip_port()
    command = _command(["-p", str(port)], scenario, folder)
    process = await trio.lowlevel.open_process(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await _taken(port, process)
        yield f"sip:buyer@127.0.0.1:{port}"
    finally:
        await stop(process)


async def run_once(args: list[str], scenario: str, folder: Path) -> None:
    """Run sipp to its end. Raises SippFailed with what it complained about."""
    command = _command(args, scenario, folder)
    process = await trio.lowlevel.open_process(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with trio.fail_after(LONGEST_S):
            await process.wait()
    finally:
        await stop(process)
    if process.returncode:
        errors = trio.Path(command[command.index("-error_file") + 1])
        told = await errors.read_text(errors="replace") if await errors.exists() else ""
        raise SippFailed(f"sipp ended with {process.returncode}:\n{told[:3000]}")


def filled(name: str, **values: object) -> str:
    """Return a scenario with its places filled in."""
    text = (resources.files("auctiond.sandbox.sip") / "scenarios" / f"{name}.xml").read_text()
    return re.sub(r"@(\w+)@", lambda place: str(values[place[1]]), text)


def free_sip_port() -> int:
    """Return a port on loopback that is free at this moment, for UDP and for TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        ):
            udp.bind(("127.0.0.1", 0))
            port: int = udp.getsockname()[1]
            try:
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


async def stop(process: trio.Process) -> None:
    """End a process of ours, and wait until it is gone."""
    if process.returncode is None:
        process.terminate()
        with trio.move_on_after(STOP_S, shield=True):
            await process.wait()
    if process.returncode is None:
        process.kill()
        with trio.move_on_after(STOP_S, shield=True):
            await process.wait()


def _command(args: list[str], scenario: str, folder: Path) -> list[str]:
    n = next(_names)
    path, errors = folder / f"sipp-{n}.xml", folder / f"sipp-{n}.log"
    path.write_text(scenario)
    said = folder / f"sipp-{n}.messages"
    log = ["-trace_err", "-error_file", str(errors), "-trace_msg", "-message_file", str(said)]
    control = ["-cp", str(free_sip_port())]
    ports = [] if "-p" in args else ["-p", str(free_sip_port())]
    own = ["-i", "127.0.0.1", *control, "-aa"]  # And says that it is there, where it is asked.
    return ["sipp", *args, *ports, "-sf", str(path), *own, "-nostdin", *log]


async def _taken(port: int, process: trio.Process) -> None:
    """Wait until the phone is plugged in: its port is free no more."""
    with trio.fail_after(STOP_S):
        while process.returncode is None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                try:
                    sock.bind(("127.0.0.1", port))
                except OSError:
                    return
            await trio.sleep(0.01)
    raise SippFailed(f"a phone did not start: sipp ended with {process.returncode}")


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
