"""One buyer of the demo pays by card: first on a page, and from then on by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import trio

from auctiond.sandbox.demo.processes import DemoError
from market.money import UNIT, dollars, micros

Json = Mapping[str, Any]
BUYER = "buyer-00"
FIRST = micros("100")  # Paid on the page.
BELOW = micros("150")  # So the first payment alone is too little, and it is recharged.
CARD = "4242 4242 4242 4242"
KEY, SECRET = "sk_test_sandbox", "whsec_sandbox"
PATIENCE_S = 30.0  # The processor repeats and reorders its webhooks.
POLL_S = 0.05
BUSY, TRIES = 503, 20
CENT = UNIT // 100


@dataclass(frozen=True, slots=True)
class CardMoney:
    """What cards paid, by our records and by the processor's."""

    payments: Sequence[Json] = field(default_factory=tuple)
    charges: Sequence[Json] = field(default_factory=tuple)

    def paid(self, kind: str) -> int:
        """Return what came in by payments of a kind, in micros."""
        done = (one for one in self.payments if one["kind"] == kind and one["state"] == "done")
        return sum(micros(one["amount"]) for one in done)

    def charged(self) -> int:
        """Return what the processor charged, in micros."""
        paid = (one for one in self.charges if one["status"] == "succeeded")
        return sum(one["amount"] * CENT for one in paid)


async def pay_by_card(
    server: httpx2.AsyncClient, processor: httpx2.AsyncClient, whole: int
) -> None:
    """Let the buyer pay on a page, and be recharged, so that `whole` micros are in its wallet."""
    rule = {"threshold": dollars(BELOW), "amount": dollars(whole - FIRST)}
    page = await _open_page(server)
    session = page["url"].rpartition("/")[2]
    await _told(processor.post(f"/sandbox/checkout/{session}", json={"card": CARD}))
    await _has(server, FIRST)
    await _told(server.put(f"/v1/wallets/{BUYER}/auto-recharge", json=rule))
    await _has(server, whole)


async def _open_page(server: httpx2.AsyncClient) -> Json:
    """Open the page; a processor that has no time is asked again, with the same key."""
    asked = {"payer": BUYER, "amount": dollars(FIRST)}
    head = {"idempotency-key": "demo-first-payment"}
    for _ in range(TRIES):
        reply = await server.post("/v1/checkouts", json=asked, headers=head)
        if reply.status_code != BUSY:
            break
        await trio.sleep(POLL_S)
    opened: Json = _checked(reply)
    return opened


async def card_money(server: httpx2.AsyncClient, processor: httpx2.AsyncClient) -> CardMoney:
    """Ask both what cards paid."""
    payments = (await _told(server.get("/v1/top-ups", params={"limit": 500})))["top_ups"]
    charges = await _told(processor.get("/v1/charges", params={"limit": 100}))
    return CardMoney(payments, charges["data"])


async def _has(server: httpx2.AsyncClient, amount: int) -> None:
    with trio.move_on_after(PATIENCE_S):
        while True:
            wallets = (await _told(server.get("/v1/wallets")))["wallets"]
            if any(w["buyer"] == BUYER and w["balance_micros"] == amount for w in wallets):
                return
            await trio.sleep(POLL_S)
    raise DemoError(f"the wallet of {BUYER} never had {dollars(amount)}")


async def _told(request: Any) -> Any:  # noqa: ANN401  JSON is anything.
    return _checked(await request)


def _checked(reply: httpx2.Response) -> Any:  # noqa: ANN401
    if not reply.is_success:
        raise DemoError(f"{reply.request.method} {reply.request.url}: {reply.text[:2000]}")
    return reply.json()
