"""Fills wallets by themselves, tries again after declines, and says who is to know.

It looks at balances every few seconds, so no move of money waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from auctiond.billing.seen import CURRENCY
from auctiond.billing.telling import told_of
from auctiond.logs import Log
from auctiond.pg.intents import Aftermath, Intent, RuleNote, Step
from auctiond.pg.wallet_rules import WalletRules
from billing.recharge import APART_MS, after_failure
from market.money import dollars

CODE = CURRENCY.upper()


@dataclass(frozen=True, slots=True)
class Recharger:
    rules: WalletRules
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

    async def aftermath(self, intent: Intent, step: Step) -> Aftermath:
        """Return what is told of a payment's end, and when the next may be."""
        amount = {"amount": dollars(intent.amount), "currency": CODE}
        payer, event, paid = intent.payer, str(intent.id), step.to == "done"
        if intent.kind == "refund" and paid:
            return Aftermath(told_of("refund.made", payer, amount, event))
        if intent.kind != "recharge":
            return Aftermath()
        if paid:
            return Aftermath((), RuleNote(payer, True, intent.made_ms + APART_MS))
        state, reason = await self.rules.get(payer), step.reason
        next_ = after_failure((state.failures if state else 0) + 1, reason, self.now_ms())
        note = RuleNote(payer, False, next_.at_ms, next_.paused)
        if next_.paused:
            self.log.warning("recharge.paused", intent=intent.id, reason=reason)
            return Aftermath(told_of("recharge.paused", payer, {"reason": reason}, event), note)
        why = amount | {"reason": reason}
        return Aftermath(told_of("recharge.failed", payer, why, event), note)


def month_start_ms(now_ms: int) -> int:
    """Return when the month of `now_ms` began, UTC, in Unix milliseconds."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(start.timestamp() * 1000)
