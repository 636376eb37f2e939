"""When the demo's calls are over: a buyer brings one back, and the publishers are paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from auctiond.sandbox.demo.cards import BUYER as ON_CARD
from auctiond.sandbox.demo.cards import CENT
from auctiond.sandbox.demo.stage import checked
from market.money import dollars, micros

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MoneyOut:
    """What went back to a buyer and out to publishers, in micros, by what the accounts say."""

    returned: int = 0  # What the return says it gave back,
    into_wallet: int = 0  # and what the wallet has more.
    from_publisher: int = 0
    paid_out: int = 0
    owed_after: int = 0

    def is_whole(self, earned: int) -> bool:
        """Tell whether publishers got what they had earned, less the return, and no more."""
        due = earned - self.from_publisher if self.returned else 0
        return self.paid_out == due and self.owed_after == 0


async def settle_up(server: httpx2.AsyncClient, calls: Sequence[Json]) -> MoneyOut:
    """Return half of the dearest sale, and pay the publishers out."""
    sold = [call for call in calls if call["disposition"] == "sold"]
    # Not of the buyer whose wallet fills itself up meanwhile.
    choice = [call for call in sold if call["buyer"] != ON_CARD]
    one = max(choice, key=lambda call: int(call["price_micros"]), default=None)
    if one is None:
        return MoneyOut()
    before = await _wallet(server, one["buyer"])
    half = dollars(one["price_micros"] // 2 // CENT * CENT)
    wish = {"call": one["id"], "reason": "not_qualified", "amount": half}
    asked = await checked(server.post("/v1/returns", json=wish))
    done = await checked(server.post(f"/v1/returns/{asked['id']}/approve", json={}))
    after = await _wallet(server, one["buyer"])
    paid = await _pay_out(server)
    owed = (await checked(server.get("/v1/payouts/due")))["publishers"]
    return MoneyOut(
        micros(done["back"]),
        after - before,
        micros(done["from_publisher"]),
        paid,
        sum(micros(row["owed"]) for row in owed),
    )


async def _pay_out(server: httpx2.AsyncClient) -> int:
    run = await checked(server.post("/v1/payouts", json={}))
    path = f"/v1/payouts/{run['id']}"
    await checked(server.post(f"{path}/approve", json={}))
    items = (await checked(server.get(path)))["publishers"]
    for item in items:
        told = {"publisher": item["publisher"], "ref": f"demo-wire-{run['no']}"}
        await checked(server.post(f"{path}/paid", json=told))
    return sum(micros(item["amount"]) for item in items)


async def _wallet(server: httpx2.AsyncClient, buyer: str) -> int:
    wallets = (await checked(server.get("/v1/wallets")))["wallets"]
    return next(int(one["balance_micros"]) for one in wallets if one["buyer"] == buyer)
