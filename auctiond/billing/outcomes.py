"""What came of what we wanted: booked once, then noted. The money's way into the ledger.

Whether the processor answers, or its webhook tells, or we look: all of them end here, in any order
and any number of times.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from auctiond.billing.seen import CURRENCY, PaymentSeen, RefundSeen, SetupSeen
from auctiond.billing.till import Till
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.intents import Aftermath, Intent, Intents, Step
from auctiond.pg.payers import Payers
from ledger.rules import Insufficient
from market.ids import id_for

LOOK_AGAIN_MS = 3_600_000  # At what a bank or a person takes days for, should no webhook come.

# What is told and noted when an intent ends there.
AftermathOf = Callable[[Intent, Step], Awaitable[Aftermath]]


@dataclass(frozen=True, slots=True)
class Outcomes:
    intents: Intents
    payers: Payers
    till: Till
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    aftermath: AftermathOf

    async def settle(self, intent: Intent, seen: PaymentSeen) -> bool:
        """Act on a payment as it now is. False: it waits for a person who may still pay."""
        if seen.state == "succeeded":
            await self._paid(intent, seen)
        elif seen.state == "processing":
            now_ms = self.now_ms()
            step = Step("waiting", seen.state, seen.id, due_ms=now_ms + LOOK_AGAIN_MS)
            await self.intents.move(intent.id, step, now_ms)
        elif intent.kind == "page":  # The page stays open for another card.
            return False
        else:
            # Nobody is there to approve it: it has failed, until somebody does so elsewhere.
            await self.fail(intent, seen.reason or seen.state, seen.id)
        return True

    async def fail(self, intent: Intent, reason: str, ref: str = "") -> None:
        """Note that nothing came of it; what was taken for a refund goes back."""
        if intent.kind == "refund":
            await self.till.return_refund(intent)
        if await self._end(intent, Step("failed", reason, ref)):
            self.log.warning("payment.failed", intent=intent.id, kind=intent.kind, reason=reason)

    async def settle_setup(self, intent: Intent, seen: SetupSeen) -> bool:
        """Keep a way to pay that was set up. False: it is not, yet."""
        if not seen.done:
            return False
        await self.payers.keep_method(seen.method, intent.payer, self.now_ms())
        await self._end(intent, Step("done", "", seen.id))
        return True

    async def refunded(self, refund: Intent) -> Intent:
        """Return the payment that a refund gives back."""
        assert refund.of is not None
        paid = await self.intents.get(refund.of)
        assert paid is not None
        return paid

    async def take_for_refund(self, intent: Intent) -> bool:
        """Take what is to be given back out of the wallet. False: it is spent."""
        try:
            await self.till.take_refund(intent)
        except Insufficient:
            await self._end(intent, Step("failed", "wallet_too_low"))
            return False
        return True

    async def settle_refund(self, intent: Intent, seen: RefundSeen) -> bool:
        """Act on a refund of ours as it now is."""
        now_ms = self.now_ms()
        if seen.state == "failed":
            await self.fail(intent, seen.reason or "failed", seen.id)
        elif seen.state == "pending":
            step = Step("waiting", "pending", seen.id, due_ms=now_ms + LOOK_AGAIN_MS)
            await self.intents.move(intent.id, step, now_ms)
        else:
            if intent.state == "failed":  # We had given it up, and given the money back.
                await self.till.money_left(intent.payer, id_for(intent.id, "late"), seen)
            await self._end(intent, Step("done", "", seen.id))
        return True

    async def _paid(self, intent: Intent, seen: PaymentSeen) -> None:
        if seen.currency != CURRENCY:
            await self.fail(intent, "other_currency", seen.id)
            return
        if intent.kind == "page" and seen.method:
            await self.payers.keep_method(seen.method, intent.payer, self.now_ms())
        done = Step("done", "", seen.id)
        after = await self.aftermath(intent, done)
        end = self.intents.ending(intent.id, done, after, self.now_ms())
        if await self.till.money_in(intent, seen, end):
            self._count(intent, "done")
            self.log.info("payment.done", intent=intent.id, kind=intent.kind)

    async def _end(self, intent: Intent, step: Step) -> bool:
        after = await self.aftermath(intent, step)
        if not await self.intents.end(intent.id, step, after, self.now_ms()):
            return False
        self._count(intent, step.to)
        return True

    def _count(self, intent: Intent, end: str) -> None:
        self.metrics.payments(intent.kind, end).inc()
