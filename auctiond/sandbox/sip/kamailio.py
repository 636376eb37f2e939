"""Starts Kamailio with the configuration of edge/, as an operator would, on free ports."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import trio

from auctiond.sandbox.sip.edge import API_KEY, SwitchFailed
from auctiond.sandbox.sip.sipp import free_sip_port, have_sipp, stop

CONFIG = Path(__file__).parent.parent.parent.parent / "edge" / "kamailio" / "kamailio.cfg"
PROGRAMS = ("kamailio", "/usr/sbin/kamailio")  # Debian keeps it where only root looks.
MODULES = Path("/usr/lib")
NEEDED = ("http_client.so", "jansson.so", "uuid.so", "dialog.so")
RECORD = "call record: "
TOLD = re.compile(r"told: (\w+) leg (\d+) of \S+ at (\d+\.\d+), call (\S+)")
START_S = 20.0
POLL_S = 0.02
WORKERS, SENDERS = 2, 4  # Processes, each of some MB: enough for a few calls at once.
MEMORY = ("-m", "64", "-M", "8")  # Megabytes, shared and of each process.


@dataclass(frozen=True, slots=True)
class KamailioOptions:
    hooks: str  # The server's address with /hooks, without a carrier's name.
    folder: Path
    overflow: str = "sip:nobody@127.0.0.1:9"
    trunk: str = "127.0.0.1:9"  # Where numbers are rung.
    silent_ms: int = 5_000
    held_ms: int = 60_000
    numbers: tuple[tuple[str, str], ...] = ()  # That are rung elsewhere: number, SIP address.


@dataclass(frozen=True, slots=True)
class Told:
    """What was told to the server; EDGE_TRACE has it in the log."""

    what: str
    leg: int
    at_ms: int
    call: str


@dataclass(frozen=True, slots=True)
class KamailioEdge:
    api_url: str
    sip: str  # Where it is called: "127.0.0.1:5060".
    log: Path

    def records(self) -> list[dict[str, Any]]:
        """Return the records of the talks that are over, as Kamailio wrote them."""
        lines = self.log.read_text(errors="replace").splitlines()
        found = (line.partition(RECORD)[2] for line in lines if RECORD in line)
        return [orjson.loads(record) for record in found]

    def news(self) -> list[Told]:
        """Return what was told to the server, as Kamailio wrote it."""
        found = TOLD.findall(self.log.read_text(errors="replace"))
        return [Told(what, int(leg), ms_of(at), call) for what, leg, at, call in found]

    def usual_answer_ms(self) -> float:
        """Return how long after a call's arrival its buyer usually answers: the median."""
        came = {one.call: one.at_ms for one in self.news() if one.what == "arrived"}
        waits = sorted(one.at_ms - came[one.call] for one in self.news() if one.what == "joined")
        return float(waits[len(waits) // 2])


def rung_after(news: Iterable[Told]) -> list[Told]:
    """Return the legs that were rung after their callers had left: there may be none."""
    over: set[str] = set()
    late: list[Told] = []
    for one in news:  # In the order of the log, which is that of a lock.
        if one.what == "over":
            over.add(one.call)
        elif one.what == "ringing" and one.call in over:
            late.append(one)
    return late


def talked_ms(record: Mapping[str, Any]) -> int:
    """Return how long the talk of a record was."""
    return ms_of(record["ended"]) - ms_of(record["joined"])


def ms_of(written: str) -> int:
    """Return the Unix milliseconds of a time as Kamailio writes it."""
    seconds, _, micros = written.partition(".")
    return int(seconds) * 1000 + int(micros) // 1000


def missing_for_kamailio() -> str:
    """Return what is not installed here and Kamailio's edge and its callers need; or ""."""
    if _program() is None or not all(any(MODULES.rglob(name)) for name in NEEDED):
        return (
            "the signalling edge needs Kamailio: apt-get install kamailio "
            "kamailio-extra-modules kamailio-json-modules kamailio-utils-modules"
        )
    return "" if have_sipp() else "its callers need sipp: apt-get install sip-tester"


@asynccontextmanager
async def open_kamailio(options: KamailioOptions) -> AsyncIterator[KamailioEdge]:
    """Run Kamailio while the block lasts. Raises SwitchFailed."""
    program, folder = _program(), options.folder
    assert program is not None
    sip_port, api_port = free_sip_port(), free_sip_port()
    shutil.copy(CONFIG, folder)
    (folder / "local.cfg").write_text(_local(options, sip_port, api_port))
    (folder / "numbers.cfg").write_text(_numbers(options))
    log = folder / "kamailio.log"
    files = ("-f", str(folder / "kamailio.cfg"), "-w", str(folder), "-Y", str(folder))
    with log.open("wb") as errors:
        process = await trio.lowlevel.open_process(
            [program, "-DD", "-E", *files, *MEMORY],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,  # Its children are its own to end.
        )
    try:
        await _until(lambda: _answers(api_port), process, log)
        yield KamailioEdge(f"http://127.0.0.1:{api_port}", f"127.0.0.1:{sip_port}", log)
    finally:
        await stop(process)


def _program() -> str | None:
    return next((found for one in PROGRAMS if (found := shutil.which(one))), None)


def _local(options: KamailioOptions, sip_port: int, api_port: int) -> str:
    told = {
        "EDGE_IP": "127.0.0.1",
        "EDGE_SIP_PORT": sip_port,
        "EDGE_API_IP": "127.0.0.1",
        "EDGE_API_PORT": api_port,
        "EDGE_HOOKS": options.hooks,
        "EDGE_KEY": API_KEY,
        "EDGE_TRUNK": options.trunk,
        "EDGE_OVERFLOW": options.overflow,
        "EDGE_SILENT_MS": options.silent_ms,
        "EDGE_HELD_MS": options.held_ms,
        "EDGE_WORKERS": WORKERS,
        "EDGE_SENDERS": SENDERS,
    }
    lines = (f'#!substdef "!{name}!{value}!g"\n' for name, value in told.items())
    return "".join((*lines, "#!define EDGE_TRACE\n"))


def _numbers(options: KamailioOptions) -> str:
    lines = (f'$sht(t=>{number}) = "{to}";\n' for number, to in options.numbers)
    return "event_route[htable:mod-init] {\n" + "".join(lines) + "$sht(t=>none) = 1;\n}\n"


async def _until(holds: Callable[[], bool], process: trio.Process, log: Path) -> None:
    with trio.move_on_after(START_S):
        while process.returncode is None:
            if holds():
                return
            await trio.sleep(POLL_S)
    complaint = await trio.Path(log).read_text(errors="replace")
    raise SwitchFailed(f"Kamailio did not start:\n{complaint[-2000:]}")


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        return sock.connect_ex(("127.0.0.1", port)) == 0
