"""Starts the switches of edge/ as processes of their own, as an operator would, on free ports."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import trio

from auctiond.sandbox.sip.sipp import free_sip_port, have_sipp, stop

API_KEY = "edge-api-key"
START_S = 30.0
RTP_PORTS = "20000-29999"  # The stack looks for free ones in there.


class SwitchFailed(Exception):
    """A switch did not start; the text is what it complained about."""


@dataclass(frozen=True, slots=True)
class MediaOptions:
    hooks: str
    folder: Path
    trunks: tuple[tuple[str, str], ...] = ()  # A number's beginning, and where it is rung.
    overflow: str = ""
    first_command_s: float = 10.0
    calls_max: int = 200


@dataclass(frozen=True, slots=True)
class MediaSwitch:
    url: str
    sip: str  # Where it is called: "127.0.0.1:5060".
    public_key: bytes
    folder: Path

    @property
    def public_key_text(self) -> str:
        """The public key as an operator writes it down."""
        return b64encode(self.public_key).decode()

    @property
    def api_url(self) -> str:
        """What a server has as its carrier's API."""
        return self.url + "/v2"

    def records(self) -> list[dict[str, Any]]:
        """Return the records of the phone calls that are over, as the switch wrote them."""
        path = self.folder / "records.jsonl"
        if not path.exists():
            return []
        return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def missing_for_media() -> str:
    """Return what is not installed here and the media switch and its callers need; or ""."""
    if importlib.util.find_spec("baresip") is None:
        return "the media switch needs baresip-python: pip install 'auctiond[edge]'"
    if shutil.which("espeak-ng") is None:
        return "the media switch needs a voice: apt-get install espeak-ng"
    return "" if have_sipp() else "its callers need sipp: apt-get install sip-tester"


@asynccontextmanager
async def open_media_switch(options: MediaOptions) -> AsyncIterator[MediaSwitch]:
    """Run a media switch while the block lasts. Raises SwitchFailed."""
    process, told = await _start(options)
    try:
        yield MediaSwitch(told["url"], told["sip"], b64decode(told["public_key"]), options.folder)
    finally:
        await stop(process)


async def _start(options: MediaOptions) -> tuple[trio.Process, dict[str, str]]:
    """Start the switch; a port that somebody took meanwhile is no reason to give up."""
    file, log = options.folder / "edge.toml", options.folder / "edge.log"
    for tries_left in (2, 1, 0):
        file.write_text(_settings(options), encoding="utf-8")
        with log.open("wb") as errors:
            process = await trio.lowlevel.open_process(
                [sys.executable, "-m", "edge.media", str(file)],
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        try:
            return process, orjson.loads(await _first_line(process, log))
        except SwitchFailed as error:
            await stop(process)
            if not tries_left or "in use" not in str(error):
                raise
        except BaseException:
            await stop(process)
            raise
    raise AssertionError


def _settings(options: MediaOptions) -> str:
    lines: dict[str, object] = {
        "hooks": options.hooks,
        "api_key": API_KEY,
        "data_dir": str(options.folder),
        "listen": "127.0.0.1:0",
        "sip_listen": f"127.0.0.1:{free_sip_port()}",
        "rtp_ports": RTP_PORTS,
        "calls_max": options.calls_max,
        "ring_s_min": 1,
        "first_command_s": options.first_command_s,
        "overflow": options.overflow,
        "audio_networks": ["127.0.0.0/8"],  # The sandbox's recordings are here too.
    }
    text = "".join(f"{key} = {orjson.dumps(value).decode()}\n" for key, value in lines.items())
    for prefix, to in options.trunks:
        text += f'\n[[trunk]]\nprefix = "{prefix}"\nto = "{to}"\n'
    return text


async def _first_line(process: trio.Process, log: Path) -> bytes:
    assert process.stdout is not None
    text = b""
    with trio.move_on_after(START_S):
        while b"\n" not in text:
            part = await process.stdout.receive_some(4096)
            if not part:
                break
            text += part
    if b"\n" not in text:
        complaint = await trio.Path(log).read_text(errors="replace")
        raise SwitchFailed(f"the media switch did not start:\n{complaint[-2000:]}")
    return text.partition(b"\n")[0]
