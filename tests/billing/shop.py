"""The whole server beside a sandbox Stripe, over real sockets; and its commands."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx2
import trio
from click.testing import CliRunner, Result

from auctiond.cli import main
from auctiond.config import Settings
from auctiond.database import Where
from auctiond.keys.secret import Secret
from auctiond.logs import Log
from auctiond.main import Server, open_server
from auctiond.sandbox.stripe.options import StripeOptions
from auctiond.sandbox.stripe.server import SandboxStripe, open_sandbox_stripe
from routing.network_file import write_network
from tests.whole.networks import TWO, network_of
from tests.whole.stage import client, open_web, single_errors, until


@dataclass
class Shop:
    server: Server
    api: httpx2.AsyncClient
    stripe: SandboxStripe
    people: httpx2.AsyncClient
    env: dict[str, str]

    async def run(self, *words: str) -> Result:
        """Run a command against this server."""
        invoke = partial(CliRunner().invoke, main, list(words), env=self.env)
        return await trio.to_thread.run_sync(invoke)

    async def said(self, *words: str) -> str:
        """Return what a command says that goes well."""
        result = await self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output

    async def post(self, path: str, key: str, **told: object) -> httpx2.Response:
        """POST to the API."""
        return await self.api.post(path, json=told, headers={"idempotency-key": key})

    async def fill_in(self, url: str, card: str) -> None:
        """Fill a page in as a person does."""
        session = url.rpartition("/")[2]
        await self.people.post(f"/sandbox/checkout/{session}", json={"card": card})

    async def balance(self, buyer: str) -> str:
        """Return what is in a buyer's wallet."""
        found = (await self.api.get("/v1/wallets")).json()["wallets"]
        return next(one["balance"] for one in found if one["buyer"] == buyer)

    async def has(self, buyer: str, amount: str) -> None:
        """Wait until so much is in a buyer's wallet."""

        async def there() -> bool:
            return await self.balance(buyer) == amount

        await until(there)


@asynccontextmanager
async def open_shop(url: str, folder):
    """Open both, with a network of two buyers."""
    with single_errors(), socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{door.getsockname()[1]}"
        hooks = StripeOptions(hooks=f"http://{address}/hooks/stripe", redelivery_s=(0.05, 0.1, 0.5))
        async with open_sandbox_stripe(hooks) as stripe:
            settings = Settings(
                data_dir=folder,
                proof_dir=folder / "proof",
                listen=address,
                stripe_api_key=Secret(hooks.api_key),
                stripe_api_url=stripe.base_url,
                stripe_webhook_secret=Secret(hooks.hook_secret),
            )
            async with (
                open_server(settings, Where(url, None), Log("server")) as server,
                open_web(server, door),
                client(f"http://{address}", settings.admin_key_path.read_text().strip()) as api,
                client(stripe.base_url) as people,
            ):
                key = settings.admin_key_path.read_text().strip()
                env = {"AUCTIOND_URL": f"http://{address}", "AUCTIOND_KEY": key, "COLUMNS": "80"}
                network = write_network(network_of(TWO))
                assert (await api.put("/v1/network", content=network)).is_success
                yield Shop(server, api, stripe, people, env)
