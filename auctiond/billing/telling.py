"""Who is told when money moves, or does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

WALLET = "wallet:"


class Tell(Protocol):
    """Tells the party `subject` of something; `event` names it, so that it is told once."""

    async def __call__(
        self, kind: str, subject: str, data: Mapping[str, object], event: str, /
    ) -> bool: ...


def buyer_of(payer: str) -> str:
    """Return the buyer whose wallet `payer` is; "" for the tenant's own."""
    return payer.removeprefix(WALLET) if payer.startswith(WALLET) else ""
