"""The whole server behind a switch of edge/, with sipp's phones: everything real, on loopback."""

from __future__ import annotations

import io
import math
import socket
import wave
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auctiond.config import Settings, carrier_defaults
from auctiond.database import Where
from auctiond.keys.secret import Secret
from auctiond.logs import Log
from auctiond.main import open_server
from auctiond.sandbox.sip.edge import API_KEY, MediaOptions, MediaSwitch, open_media_switch
from auctiond.sandbox.sip.kamailio import KamailioEdge, KamailioOptions, open_kamailio
from auctiond.sandbox.sip.sipp import Buyer, Refuser, phone
from market.network import Network
from tests.sandbox_carrier.fake_server import open_http
from tests.whole.stage import Stage, client, furnish, open_web, single_errors, until

Json = dict[str, Any]
HEALTH = ("starting", "connecting", "answering", "ongoing", "all")


@dataclass(frozen=True)
class Standing:
    """A server behind a switch of ours."""

    server: Stage  # Its people, carrier and shops are none: they are on real phones here.
    folder: Path

    async def lines(self, count: int) -> list[Json]:
        """Return all calls, a line each, once `count` are over and written down."""

        async def ended() -> bool:
            over = sum(self.server.server.base.tally.values())
            return over >= count and await self.server.nothing_waits()

        await until(ended)
        lines: list[Json] = (await self.server.get("/v1/calls?limit=500"))["calls"]
        return lines

    async def over(self, count: int) -> list[Json]:
        """Return the records of all calls, once `count` are over."""
        return [await self.server.get(f"/v1/calls/{one['id']}") for one in await self.lines(count)]


@dataclass(frozen=True)
class MediaStage(Standing):
    switch: MediaSwitch

    async def nothing_left(self) -> None:
        """Wait until no leg of the switch lives."""

        async def quiet() -> bool:
            async with client(self.switch.url) as edge:
                told: Json = (await edge.get("/healthz")).json()
            return told == {"legs": 0, "webhooks_wait": 0}

        await until(quiet)


@dataclass(frozen=True)
class ProxyStage(Standing):
    edge: KamailioEdge

    async def nothing_left(self) -> None:
        """Wait until Kamailio has no call: none that is held, none that rings, no talk."""

        async def quiet() -> bool:
            async with client(self.edge.api_url, API_KEY) as edge:
                told: Json = (await edge.get("/v1/health")).json()
            return told == dict.fromkeys(HEALTH, 0)

        await until(quiet)


@asynccontextmanager
async def open_media_stage(
    where: Where, folder: Path, network: Network
) -> AsyncIterator[MediaStage]:
    """Start a server and a media switch that know each other, and apply the network."""
    edge = folder / "edge"
    edge.mkdir()
    with single_errors(), free_door() as (door, url):
        async with open_media_switch(MediaOptions(f"{url}/hooks/telnyx", edge)) as switch:
            carrier = {
                "telnyx_public_key": switch.public_key,
                "telnyx_api_key": Secret(API_KEY),
                "telnyx_api_url": switch.api_url,
                "telnyx_connection_id": "edge",
            }
            async with _open_server(where, folder, door, carrier, network) as stage:
                yield MediaStage(stage, edge, switch)


@asynccontextmanager
async def open_proxy_stage(
    where: Where, folder: Path, network: Network, **options: Any
) -> AsyncIterator[ProxyStage]:
    """Start a server and a Kamailio that know each other, and apply the network."""
    edge = folder / "edge"
    edge.mkdir()
    with single_errors(), free_door() as (door, url):
        async with open_kamailio(KamailioOptions(f"{url}/hooks", edge, **options)) as kamailio:
            carrier = {
                "kamailio_api_url": kamailio.api_url,
                "kamailio_api_key": Secret(API_KEY),
            }
            async with _open_server(where, folder, door, carrier, network) as stage:
                yield ProxyStage(stage, edge, kamailio)


@contextmanager
def free_door() -> Iterator[tuple[socket.socket, str]]:
    """Give a socket on a free port, and its address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield door, f"http://127.0.0.1:{door.getsockname()[1]}"


@asynccontextmanager
async def _open_server(
    where: Where, folder: Path, door: socket.socket, carrier: Json, network: Network
) -> AsyncIterator[Stage]:
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    settings = Settings(
        data_dir=folder,
        proof_dir=folder / "proof",
        listen=url.removeprefix("http://"),
        carriers=carrier_defaults() | carrier,
        shed_after_ms=10_000.0,  # The machine of a test may be as slow as it likes.
        poll_carrier_every_s=2.0,
        drain_s=0.0,
    )
    async with (
        open_server(settings, where, Log("server")) as server,
        open_web(server, door),
        client(url, (folder / "admin.key").read_text().strip()) as api,
    ):
        nobody: Any = None
        stage = Stage(server, settings, url, api, nobody, nobody, nobody)
        await furnish(stage, network)
        yield stage


@asynccontextmanager
async def phones(kinds: Sequence[Buyer | Refuser], folder: Path) -> AsyncIterator[list[str]]:
    """Have a phone of each kind while the block lasts, and give their SIP addresses."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(phone(kind, folder)) for kind in kinds]


def wav_of(hz: float, seconds: float) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (
            round(8000 * math.sin(2 * math.pi * hz * at / 8000))
            for at in range(int(8000 * seconds))
        )
        file.writeframes(array("h", samples).tobytes())
    return written.getvalue()


@asynccontextmanager
async def open_recording(content: bytes):
    """Serve a recording over HTTP."""

    async def app(scope, receive, send):
        headers = [(b"content-type", b"audio/wav")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async with open_http(app) as url:
        yield url + "/whisper.wav"
