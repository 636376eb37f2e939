"""What card owners dispute: booked as the bank moves the money, kept, and told to the operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auctiond.billing.seen import DisputeSeen
from auctiond.billing.till import Till
from auctiond.logs import Log
from auctiond.pg.intents import Intents
from auctiond.pg.payers import Dispute, Payers


@dataclass(frozen=True, slots=True)
class Disputes:
    intents: Intents
    payers: Payers
    till: Till
    log: Log
    now_ms: Callable[[], int]

    async def look(self, seen: DisputeSeen) -> str:
        """Act on a dispute as it now is."""
        paid = await self.intents.of_payment(seen.payment)
        if paid is None:
            return "not_ours"
        await self.till.disputed(paid.payer, paid.id, seen)
        row = Dispute(
            seen.id,
            seen.payment,
            paid.id,
            paid.payer,
            seen.reason,
            seen.state,
            seen.withdrawn,
            seen.reinstated,
            self.now_ms(),
        )
        if await self.payers.keep_dispute(row):  # In SQL the operator is told with it.
            self.log.warning("dispute.opened", dispute=seen.id, intent=paid.id)
        return "done"
