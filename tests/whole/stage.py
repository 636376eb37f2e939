"""The whole server in one process: PostgreSQL, web, carrier and buyers are real, on loopback."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.config import READERS, Settings, carrier_defaults
from auctiond.database import Where
from auctiond.logs import Log
from auctiond.main import Server, open_server
from auctiond.sandbox.buyers.server import BuyersOptions, SandboxBuyers, open_sandbox_buyers
from auctiond.sandbox.carrier import CarrierOptions, SandboxCarrier, open_sandbox_carrier
from auctiond.sandbox.people import person
from auctiond.web.app import make_app
from market.call import Call
from market.money import dollars, micros
from market.network import Network
from routing.network_file import write_network
from tests.whole.networks import NUMBER, WALLET

SEED = 82  # With it the first dozen pings of three buyers are bids, and confirmed.
PEOPLE = 40  # Whose data the buyers look for in every ping.
RETRY = "#rc=5&rp=all"  # Carriers of documents ask again only where the address says so.
PATIENCE_S = 60.0  # For a machine that has much else to do. Nothing waits so long when all is well.
POLL_S = 0.04
HURRY = 50.0  # Prompts and digits take hundredths of a second.

KEY = bytes(range(32))  # The carrier's, so that tests can sign as it does.
CARRIER = CarrierOptions("", seed=SEED, hurry=HURRY, private_key=KEY)  # Hooks: see open_stage.

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, by its door."""

    server: Server
    settings: Settings
    url: str
    api: httpx2.AsyncClient  # Authorised for everything.
    people: httpx2.AsyncClient  # The carrier's: callers and phones.
    carrier: SandboxCarrier
    shops: SandboxBuyers

    async def place(self, n: int = 0, to: str = NUMBER, **script: object) -> str:
        """Let the n-th person call, and return the phone call's session."""
        caller = person(SEED, n)
        lead = {
            "name": caller.name,
            "phone": caller.number,
            "email": caller.email,
            "street": caller.street,
        }
        order = {"from": caller.number, "to": to, "name": caller.name, "lead": lead}
        return await self.place_order(order | {"script": {"talk_s": 30.0} | script})

    async def place_order(self, order: Json) -> str:
        """Place a call as the carrier takes it."""
        told = await self.people.post("/sandbox/calls", json=order)
        assert told.status_code == 201, told.text
        session: str = told.json()["call_session_id"]
        return session

    async def hang_up(self, session: str) -> None:
        """Let the caller hang up."""
        await self.people.post(f"/sandbox/calls/{session}/hangup")

    async def phone(self, number: str, behaviour: str = "answers", **more: object) -> None:
        """Say how a number behaves that is rung."""
        told = {"behaviour": behaviour, "answer_after_s": 0.05} | more
        reply = await self.people.put(f"/sandbox/phones/{number}", json=told)
        assert reply.status_code == 200, reply.text

    async def truth(self, session: str) -> Json:
        """Return what happened, from the phone company's view."""
        told: Json = (await self.people.get(f"/sandbox/calls/{session}")).json()
        return told

    async def apply(self, network: Network) -> httpx2.Response:
        """Apply a network."""
        return await self.api.put("/v1/network", content=write_network(network))

    async def get(self, path: str) -> Json:
        """Return the JSON that the API gives at `path`."""
        reply = await self.api.get(path)
        assert reply.status_code == 200, reply.text
        told: Json = reply.json()
        return told

    async def line(self, session: str) -> Json | None:
        """Return our call in one line, or None if there is none yet."""
        calls: list[Json] = (await self.get("/v1/calls?limit=500"))["calls"]
        return next((call for call in calls if call["call_ref"] == session), None)

    def live(self, session: str) -> Call | None:
        """Return our call while it lives. To look costs nothing, to ask the API does."""
        call_id = self.server.base.leads.call_of(session)
        return self.server.desk.find(call_id) if call_id is not None else None

    async def over(self, session: str) -> Json:
        """Return the record of a call that is over, its money too."""

        async def ended() -> Json | None:
            if self.live(session) is not None:
                return None
            line = await self.line(session)
            return line if line is not None and line["disposition"] != "live" else None

        line: Json = await until(ended)
        await until(self.nothing_waits)
        return await self.get(f"/v1/calls/{line['id']}")

    async def call(self, n: int = 0, **script: object) -> Json:
        """Let the n-th person call, and return the record when it is over."""
        return await self.over(await self.place(n, **script))

    async def in_state(self, session: str, *states: str) -> Json:
        """Return our call once it is in one of `states`."""

        async def there() -> Json | None:
            call = self.live(session)
            if call is not None and call.state.name.lower() not in states:
                return None
            line = await self.line(session)
            return line if line is not None and line["state"] in states else None

        found: Json = await until(there)
        return found

    async def nothing_waits(self) -> bool:
        """Tell whether no call lives and all that is known is written down."""
        base = self.server.base
        return not self.server.desk.live() and base.call_log.waiting() == 0

    async def no_hold_open(self) -> None:
        """Wait until all money is settled."""

        async def settled() -> bool:
            return (await self.totals())["open_holds"] == 0

        await until(settled)

    async def totals(self) -> Json:
        """Return the ledger's totals."""
        return await self.get("/v1/ledger/totals")

    async def wallet(self, buyer: str) -> Json:
        """Return the wallet of a buyer."""
        wallets: list[Json] = (await self.get("/v1/wallets"))["wallets"]
        return next(wallet for wallet in wallets if wallet["buyer"] == buyer)

    async def metrics(self) -> str:
        """Return what Prometheus gets."""
        return (await self.api.get("/metrics")).text

    async def metric(self, name: str) -> float:
        """Return one sample of /metrics, by its name with labels; 0 if it is not there."""
        for row in (await self.metrics()).splitlines():
            if row.startswith(name + " "):
                return float(row.rpartition(" ")[2])
        return 0.0


async def until(holds: Callable[[], Any]) -> Any:
    """Return what `holds` gives once it is something. Who asks a server from outside must poll."""
    with trio.fail_after(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110
            await trio.sleep(POLL_S)
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stage is made of."""

    where: Where
    folder: Path
    laws: tuple[str, ...] = ("instant", "instant")
    carrier: CarrierOptions = CARRIER
    settings: tuple[tuple[str, Any], ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)  # Carriers' settings, of further ones.


@asynccontextmanager
async def open_stage(
    plan: Plan, network: Callable[[tuple[int, ...]], Network] | None = None
) -> AsyncIterator[Stage]:
    """Start everything, apply the network for the buyers' ports, and fill the wallets."""
    shops = BuyersOptions(len(plan.laws), SEED, plan.laws, PEOPLE)
    with single_errors(), socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{door.getsockname()[1]}"
        async with (
            open_sandbox_buyers(shops) as buyers,
            open_sandbox_carrier(
                replace(plan.carrier, hooks=hooks_at(address, plan.carrier.protocol))
            ) as carrier,
        ):
            settings = settings_of(plan, address, carrier)
            async with (
                open_server(settings, plan.where, Log("server")) as server,
                open_web(server, door),
                client(f"http://{address}", (plan.folder / "admin.key").read_text().strip()) as api,
                client(carrier.base_url) as people,
            ):
                url = f"http://{address}"
                stage = Stage(server, settings, url, api, people, carrier, buyers)
                if network is not None:
                    await furnish(stage, network(buyers.ports))
                yield stage


def hooks_at(address: str, protocol: str) -> str:
    """Return where a carrier's webhooks come: as docs/carriers.md has it written into a portal."""
    return f"http://{address}/hooks/{protocol}{'' if protocol == 'telnyx' else RETRY}"


@contextmanager
def single_errors() -> Iterator[None]:
    """Raise the one thing that went wrong, not the seven groups around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from None


async def furnish(stage: Stage, network: Network) -> None:
    """Apply a network, and give every buyer money."""
    reply = await stage.apply(network)
    assert reply.status_code == 200, reply.text
    for buyer in network.buyers:
        top_up = {"amount": dollars(micros(WALLET)), "ref": f"first-{buyer.id}"}
        reply = await stage.api.post(f"/v1/wallets/{buyer.id}/top-ups", json=top_up)
        assert reply.status_code == 201, reply.text


def settings_of(plan: Plan, address: str, carrier: SandboxCarrier) -> Settings:
    """Return the server's settings."""
    settings = Settings(
        data_dir=plan.folder,
        proof_dir=plan.folder / "proof",
        listen=address,
        carriers=carrier_defaults() | lines_of(carrier) | dict(plan.more),
        ping_allowed_networks=(ip_network("127.0.0.0/8"),),
        shed_after_ms=10_000.0,  # The machine of a test may be as slow as it likes.
        drain_s=0.0,
    )
    return replace(settings, **dict(plan.settings))


def lines_of(carrier: SandboxCarrier) -> Json:
    """Return what of the settings makes a carrier known."""
    return {key: READERS[key].read(value, {}) for key, value in carrier.settings.items()}


@asynccontextmanager
async def open_web(server: Server, door: socket.socket) -> AsyncIterator[None]:
    """Serve the web on a socket that is bound already."""
    config = Config()
    config.bind = [f"fd://{os.dup(door.fileno())}"]
    config.graceful_timeout = 0.5
    config.loglevel = "ERROR"
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, make_app(server.doors), config, mode="asgi"))
        yield
        nursery.cancel_scope.cancel()


def client(url: str, key: str = "") -> httpx2.AsyncClient:
    """Return a client of one server on loopback. Trusting nobody saves loading who is trusted."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx2.AsyncClient(
        base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False, verify=nobody
    )
