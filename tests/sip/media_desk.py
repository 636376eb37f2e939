"""A server's side of the media switch, played by hand, on a real one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import httpx2
import trio

from auctiond.sandbox.sip.edge import API_KEY, MediaOptions, open_media_switch
from auctiond.sandbox.sip.sipp import Caller, call
from tests.sandbox_carrier.fake_server import FakeServer, open_http
from tests.whole.stage import single_errors


@dataclass
class Desk:
    """A server's side of a switch, played by hand."""

    switch: Any
    server: FakeServer
    http: httpx2.AsyncClient
    folder: Any

    async def do(self, ref: str, verb: str, **fields: Any) -> httpx2.Response:
        return await self.http.post(f"/v2/calls/{ref}/actions/{verb}", json=fields)

    async def arrived(self) -> str:
        """Return the handle of the call that came in, once it is answered."""
        ref: str = (await self.server.until("call.initiated", "incoming"))["call_control_id"]
        assert (await self.do(ref, "answer", command_id="1")).status_code == 200
        await self.server.until("call.answered", "incoming")
        return ref

    async def news(self, name: str, count: int = 1) -> dict[str, Any]:
        found: dict[str, Any] = await self.server.until(name, count=count)
        return found

    async def records(self) -> list[dict[str, Any]]:
        """Return the records of the phone calls that are over."""
        return self.switch.records()

    async def ring(self, nursery: trio.Nursery, caller: Caller) -> None:
        nursery.start_soon(partial(call, caller, self.switch.sip, self.folder))


@asynccontextmanager
async def open_desk(folder, **options):
    server = FakeServer()
    edge = folder / "edge"
    edge.mkdir()
    with single_errors():
        async with _open(MediaOptions("", edge, **options), server, folder) as desk:
            yield desk


@asynccontextmanager
async def _open(options, server, folder):
    async with (
        open_http(server) as url,
        open_media_switch(replace(options, hooks=url + "/hooks/telnyx")) as switch,
        httpx2.AsyncClient(
            base_url=switch.url, headers={"authorization": f"Bearer {API_KEY}"}, trust_env=False
        ) as http,
    ):
        yield Desk(switch, server, http, folder)
