"""Who is told of money: the buyer whose wallet it is; of the tenant's own, the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from auctiond.notices.notices import Notices
from market.notices import KINDS

WALLET = "wallet:"
OF_THE_TENANT = {
    "wallet.low": "usage.low",
    "wallet.empty": "usage.empty",
    "recharge.failed": "usage.recharge_failed",
    "recharge.paused": "usage.recharge_paused",
}


class Tell(Protocol):
    """Tells the party `subject` of something; `event` names it, so that it is told once."""

    async def __call__(
        self, kind: str, subject: str, data: Mapping[str, object], event: str, /
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Teller:
    notices: Notices

    async def tell(
        self, kind: str, subject: str, data: Mapping[str, object], event: str, /
    ) -> bool:
        """Tell a buyer, or of the tenant's own wallet the operator. False: nobody is to know."""
        if KINDS[kind].to == "buyer" and not subject:
            if kind not in OF_THE_TENANT:
                return False
            kind = OF_THE_TENANT[kind]
        return await self.notices.tell(kind, subject, data, event)


def buyer_of(payer: str) -> str:
    """Return the buyer whose wallet `payer` is; "" for the tenant's own."""
    return payer.removeprefix(WALLET) if payer.startswith(WALLET) else ""
