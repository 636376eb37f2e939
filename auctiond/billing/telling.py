"""Who is told of money: the buyer whose wallet it is; of the tenant's own, the operator. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from auctiond.pg.notices import Telling, telling
from market.notices import KINDS

WALLET = "wallet:"
OF_THE_TENANT = {
    "recharge.failed": "usage.recharge_failed",
    "recharge.paused": "usage.recharge_paused",
}


def told_of(kind: str, payer: str, data: Mapping[str, object], event: str) -> tuple[Telling, ...]:
    """Return the notice to a payer, or none: of its own wallet the tenant is told little."""
    buyer = buyer_of(payer)
    if KINDS[kind].to == "buyer" and not buyer:
        if kind not in OF_THE_TENANT:
            return ()
        kind = OF_THE_TENANT[kind]
    return (telling(kind, buyer, data, event),)


def buyer_of(payer: str) -> str:
    """Return the buyer whose wallet `payer` is; "" for the tenant's own."""
    return payer.removeprefix(WALLET).partition("@")[0] if payer.startswith(WALLET) else ""
