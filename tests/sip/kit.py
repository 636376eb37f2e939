"""The whole server behind a switch of edge/, with sipp's phones: everything real, on loopback."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auctiond.config import Settings, carrier_defaults
from auctiond.database import Where
from auctiond.keys.secret import Secret
from auctiond.logs import Log
from auctiond.main import open_server
from auctiond.sandbox.sip.edge import API_KEY, MediaOptions, MediaSwitch, open_media_switch
from auctiond.sandbox.sip.sipp import Buyer, Refuser, phone
from market.network import Network
from tests.whole.stage import Stage, client, furnish, open_web, single_errors, until

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SipStage:
    """A server whose carrier is a media switch of ours."""

    server: Stage  # Its people, carrier and shops are none: they are on real phones here.
    switch: MediaSwitch
    folder: Path

    async def over(self, count: int) -> list[Json]:
        """Return the records of all calls, once `count` are over and all money is settled."""

        async def ended() -> list[Json] | None:
            lines: list[Json] = (await self.server.get("/v1/calls?limit=500"))["calls"]
            live = [line for line in lines if line["disposition"] == "live"]
            return lines if len(lines) >= count and not live else None

        lines: list[Json] = await until(ended)
        await until(self.server.nothing_waits)
        return [await self.server.get(f"/v1/calls/{line['id']}") for line in lines]

    async def nothing_left(self) -> Json:
        """Return the switch's state once none of its legs lives."""

        async def quiet() -> Json | None:
            async with client(self.switch.url) as edge:
                told: Json = (await edge.get("/healthz")).json()
            return told if told == {"legs": 0, "webhooks_wait": 0} else None

        found: Json = await until(quiet)
        return found


@asynccontextmanager
async def open_sip_stage(
    where: Where, folder: Path, network: Network, options: MediaOptions | None = None
) -> AsyncIterator[SipStage]:
    """Start a server and a media switch that know each other, and apply the network."""
    edge = folder / "edge"
    edge.mkdir()
    with single_errors(), socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{door.getsockname()[1]}"
        url = f"http://{address}"
        options = replace(options or MediaOptions("", edge), hooks=f"{url}/hooks/telnyx")
        async with open_media_switch(replace(options, folder=edge)) as switch:
            settings = settings_of(folder, address, switch)
            async with (
                open_server(settings, where, Log("server")) as server,
                open_web(server, door),
                client(url, (folder / "admin.key").read_text().strip()) as api,
            ):
                nobody: Any = None
                stage = Stage(server, settings, url, api, nobody, nobody, nobody)
                await furnish(stage, network)
                yield SipStage(stage, switch, edge)


def settings_of(folder: Path, address: str, switch: MediaSwitch) -> Settings:
    """Return the server's settings for a switch that speaks as Telnyx does."""
    return Settings(
        data_dir=folder,
        listen=address,
        carriers=carrier_defaults()
        | {
            "telnyx_public_key": switch.public_key,
            "telnyx_api_key": Secret(API_KEY),
            "telnyx_api_url": switch.api_url,
            "telnyx_connection_id": "edge",
        },
        shed_after_ms=10_000.0,  # The machine of a test may be as slow as it likes.
        poll_carrier_every_s=2.0,
        drain_s=0.0,
    )


@asynccontextmanager
async def phones(kinds: Sequence[Buyer | Refuser], folder: Path) -> AsyncIterator[list[str]]:
    """Have a phone of each kind while the block lasts, and give their SIP addresses."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(phone(kind, folder)) for kind in kinds]
