"""The demo's people on real phones: sipp calls and is called, and both switches of edge/ run.

Every second caller comes by the media switch, the others by Kamailio. What became of a call is told
by the switches' own records, which the server has no part in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from auctiond.sandbox.sip.edge import (
    API_KEY,
    MediaOptions,
    MediaSwitch,
    missing_for_media,
    open_media_switch,
)
from auctiond.sandbox.sip.handset import open_handset
from auctiond.sandbox.sip.kamailio import (
    KamailioEdge,
    KamailioOptions,
    missing_for_kamailio,
    ms_of,
    open_kamailio,
    talked_ms,
)
from auctiond.sandbox.sip.sipp import (
    Buyer,
    Caller,
    Refuser,
    SippFailed,
    call,
    free_sip_port,
    phone,
)

TALK_S = 4.5  # Of a buyer who does not hang up by a law: a little over the billable talk.
STAYS_S = 60.0  # A caller whose talk is the buyer's to end.
RINGS_ON_S = 100.0  # A phone that nobody picks up.
PITCH_HZ = 500.0
Json = dict[str, Any]


@dataclass
class People:
    """All who have phones, and the switches they call."""

    media: MediaSwitch
    proxy: KamailioEdge
    folder: Path
    tasks: trio.Nursery = field(repr=False)
    ports: Mapping[str, int] = field(default_factory=dict)  # Of the phones that are rung.
    placed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # Phones whose call went as none should.

    def settings(self) -> dict[str, str]:
        """Return the server's settings for both switches."""
        return {
            "telnyx_public_key": self.media.public_key_text,
            "telnyx_api_key": API_KEY,
            "telnyx_api_url": self.media.api_url,
            "telnyx_connection_id": "edge",
            "kamailio_api_url": self.proxy.api_url,
            "kamailio_api_key": API_KEY,
            "callback_carrier": "telnyx",
        }

    async def plug_in(self, number: str, told: Json) -> None:
        """Let a phone behave from now on as the sandbox carrier's would."""
        await self.tasks.start(self._have_phone, kind_of(told), self.ports[number])

    def place(self, order: Json) -> str:
        """Let somebody call, and return the SIP Call-ID. Never waits."""
        n = len(self.placed)
        call_id = f"person-{n}@127.0.0.1"
        self.placed.append(call_id)
        by_media = n % 2 == 0
        self.tasks.start_soon(self._call, order, call_id, by_media)
        return call_id

    def truth(self, call_id: str) -> Json:
        """Return what became of a call, by the record of its switch."""
        for record in self.media.records():
            caller, *rung = record["legs"]
            if caller["sip_call_id"] == call_id:
                return {"call_session_id": record["call_session_id"], "legs": rung}
        legs = [_proxied(one) for one in self.proxy.records() if one["call"] == call_id]
        return {"call_session_id": call_id, "legs": legs}

    async def _have_phone(
        self,
        kind: Buyer | Refuser,
        port: int,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        async with phone(kind, self.folder, port):
            task_status.started()
            await trio.sleep_forever()

    async def _call(self, order: Json, call_id: str, by_media: bool) -> None:
        caller = caller_of(order, call_id, by_media=by_media)
        try:
            if by_media:
                zip_ = str(order["script"]["zip"] or "")
                answers = ["0" if zip_ == "bad" else zip_] * 2 if zip_ else []
                async with open_handset(answers, PITCH_HZ) as ear:
                    await call(caller.at(ear.port), self.media.sip, self.folder)
            else:
                await call(caller, self.proxy.sip, self.folder)
        except SippFailed as error:
            self.failed.append(f"{call_id}: {error}")


def kind_of(told: Json) -> Buyer | Refuser:
    """Return the phone that behaves as a sandbox carrier's phone is told to."""
    match told["behaviour"]:
        case "busy":
            return Refuser(486, "Busy Here")
        case "declines":
            return Refuser(603, "Decline")
        case "no_answer":
            return Buyer(ring_s=RINGS_ON_S)
    return Buyer(float(told["answer_after_s"]), float(told["hang_up_after_s"] or TALK_S))


def caller_of(order: Json, call_id: str, *, by_media: bool) -> Caller:
    """Return the caller of an order to a sandbox carrier.

    The media switch answers at once, so there the talk is the buyer's to end.
    """
    script, lead = order["script"], order["lead"]
    leaves_s = script["hang_up_after_s"]
    headers = {f"X-Lead-{name.title()}": str(lead[name]) for name in LEAD if lead.get(name)}
    if by_media:
        talk_s, patience_s = STAYS_S if leaves_s is None else leaves_s, STAYS_S
    else:
        talk_s, patience_s = script["talk_s"], STAYS_S if leaves_s is None else leaves_s
    return Caller(order["from"], order["to"], talk_s, patience_s, headers=headers, call_id=call_id)


LEAD = ("name", "phone", "email", "street", "zip")


def _proxied(record: Json) -> Json:
    """Return a record of Kamailio as the sandbox carrier tells of a leg."""
    return {"bridged_ms": ms_of(record["joined"]), "talk_ms": talked_ms(record)}


def missing() -> str:
    """Return what is not installed here, and how to have it; or ""."""
    return missing_for_media() or missing_for_kamailio()


@asynccontextmanager
async def open_people(server: str, folder: Path, numbers: Sequence[str]) -> AsyncIterator[People]:
    """Start both switches for a server at `server`; `numbers` are those that may be rung."""
    ports = {number: free_sip_port() for number in numbers}
    routes = tuple((number, f"sip:{number}@127.0.0.1:{port}") for number, port in ports.items())
    media_folder, proxy_folder = folder / "media", folder / "kamailio"
    for one in (media_folder, proxy_folder):
        one.mkdir()
    media = MediaOptions(f"{server}/hooks/telnyx", media_folder, trunks=routes)
    proxy = KamailioOptions(f"{server}/hooks", proxy_folder, numbers=routes)
    async with (
        open_media_switch(media) as switch,
        open_kamailio(proxy) as kamailio,
        trio.open_nursery() as tasks,
    ):
        yield People(switch, kamailio, folder, tasks, ports)
        tasks.cancel_scope.cancel()
