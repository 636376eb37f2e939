"""Fills wallets by themselves, tries again after declines, and tells who is to know.

It looks at balances every few seconds, so no move of money waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from auctiond.billing.seen import CURRENCY
from auctiond.billing.telling import Tell, buyer_of
from auctiond.logs import Log
from auctiond.pg.intents import Intent, Intents
from auctiond.pg.wallet_rules import WalletRules
from billing.recharge import APART_MS, after_failure
from market.money import dollars

CODE = CURRENCY.upper()


@dataclass(frozen=True, slots=True)
class Recharger:
    rules: WalletRules
    intents: Intents
    tell: Tell
    log: Log
    now_ms: Callable[[], int]
    new_id: Callable[[], UUID]

    async def look(self) -> int:
        """Begin all recharges that are due; return how many began."""
        now_ms = self.now_ms()
        month_ms = month_start_ms(now_ms)
        begun = 0
        for rule in await self.rules.due(now_ms, month_ms):
            id_, until_ms = self.new_id(), now_ms + APART_MS
            if await self.rules.begin(id_, rule.payer, now_ms, month_ms, until_ms):
                self.log.info("recharge.begun", intent=id_)
                begun += 1
        return begun

    async def ended(self, intent: Intent, paid: bool) -> None:
        """Take note of a payment that ended: tell, and say when the next may be."""
        amount = {"amount": dollars(intent.amount), "currency": CODE}
        subject, event = buyer_of(intent.payer), str(intent.id)
        if intent.kind == "refund" and paid:
            await self.tell("refund.made", subject, amount, event)
        if intent.kind in ("top_up", "recharge", "page") and paid:
            balance = dollars(await self.rules.free(intent.payer))
            await self.tell("wallet.topped_up", subject, amount | {"balance": balance}, event)
        if intent.kind == "recharge":
            await self._note(intent, paid, amount)

    async def _note(self, intent: Intent, paid: bool, amount: dict[str, str]) -> None:
        now_ms = self.now_ms()
        if paid:
            await self.rules.note(intent.payer, True, intent.made_ms + APART_MS, "", now_ms)
            return
        failed = await self.intents.get(intent.id)
        reason = failed.reason if failed is not None else "failed"
        state = await self.rules.get(intent.payer)
        next_ = after_failure((state.failures if state else 0) + 1, reason, now_ms)
        await self.rules.note(intent.payer, False, next_.at_ms, next_.paused, now_ms)
        subject, event = buyer_of(intent.payer), str(intent.id)
        if next_.paused:
            self.log.warning("recharge.paused", intent=intent.id, reason=reason)
            await self.tell("recharge.paused", subject, {"reason": reason}, event)
        else:
            await self.tell("recharge.failed", subject, amount | {"reason": reason}, event)


def month_start_ms(now_ms: int) -> int:
    """Return when the month of `now_ms` began, UTC, in Unix milliseconds."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(start.timestamp() * 1000)
