"""A sandbox Stripe and a link to it, both real, on loopback."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import httpx2
import trio

from auctiond.billing.stripe_link import Order, StripeLink, open_stripe_link
from auctiond.keys.secret import Secret
from auctiond.sandbox.stripe.options import StripeOptions
from auctiond.sandbox.stripe.server import SandboxStripe, open_sandbox_stripe
from market.ids import id_at
from market.money import micros

GOOD, BROKE, LATER, ASKS = (
    "4242424242424242",
    "4000000000009995",
    "4000000000000341",
    "4000002760003184",
)
DISPUTES, NO_REFUND, BANK = "4000000000000259", "4000000000005126", "000123456789"
AT_MS = 1_796_000_000_000


def intent_id(name: str) -> UUID:
    """Return the id of an intent of ours."""
    return id_at(AT_MS, name.encode())


@dataclass
class Bench:
    stripe: SandboxStripe
    link: StripeLink
    people: httpx2.AsyncClient

    async def play(self, method: str, path: str, **told: object):
        """Do what a person or a bank does."""
        reply = await self.people.request(method, f"/sandbox/{path}", json=told)
        return reply.json()

    async def customer_with(self, card: str, payer: str = "wallet:acme") -> tuple[str, str]:
        """Return a customer and its payment method, as a person sets it up."""
        customer = await self.link.create_customer(payer, intent_id(f"customer {payer} {card}"))
        asked = await self.link.begin_setup(intent_id(f"setup {payer} {card}"), customer)
        await self.play("POST", f"setup_intents/{asked.id}", card=card)
        return customer, (await self.link.setup(asked.id)).method

    async def order(self, card: str, amount: str = "100", name: str = "one") -> Order:
        """Return an order of a customer with that card."""
        customer, method = await self.customer_with(card)
        return Order(intent_id(name), customer, method, micros(amount), "top-up")

    async def taken_up(self) -> None:
        """Wait until the processor has taken up the request with the next vice."""
        with trio.fail_after(60):
            while self.stripe.processor.next_vices:  # noqa: ASYNC110 It is another's list.
                await trio.sleep(0.005)

    def vices(self, *names: str) -> None:
        """Let the POSTs to come have these vices, one each."""
        self.stripe.processor.next_vices[:] = names


@asynccontextmanager
async def open_bench(**options):
    """Open both."""
    told = replace(StripeOptions(late_s=0.3, redelivery_s=(0.05, 0.1)), **options)
    async with (
        open_sandbox_stripe(told) as sandbox,
        open_stripe_link(Secret(told.api_key), sandbox.base_url) as link,
        httpx2.AsyncClient(base_url=sandbox.base_url, trust_env=False) as people,
    ):
        yield Bench(sandbox, link, people)
