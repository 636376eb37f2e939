"""Asks the processor for what is wanted: on record first, then asked, then what came of it.

An intent's id is its idempotency key. Who does not know what became of a request looks for it by
the intent first, and only then asks again with the same key. A key is good for a day at the
processor, and is used for six hours at the most; what has no answer by then has failed, and if its
money comes after all, it counts all the same. What could not even be asked for in that time (we
were down) has failed too: nobody wants to be charged for a wish of last week.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import trio

from auctiond.billing.outcomes import Outcomes
from auctiond.billing.seen import KEY_REFUSED, Declined, Misfit, NotNow, Unknown
from auctiond.billing.stripe_link import Order, StripeLink
from auctiond.logs import Log
from auctiond.pg.intents import Intent, Intents, Step
from auctiond.pg.payers import Payers
from market.ids import id_for

CALL_S = 20.0  # The processor answers within two, or not at all.
RETRY_MS = (2_000, 300_000)  # As long again as it has lasted, between these.
GIVE_UP_MS = (
    6 * 3_600_000
)  # A key is forgotten after a day; a wallet may be filled again after six.
PAGE_MS = 25 * 3_600_000  # A page is open for a day.
PERSON_MS = 600_000  # Webhooks come in seconds; this is for those that are lost.
CLOCKS_S = 300  # How far their clock and ours may be apart.


@dataclass(frozen=True, slots=True)
class Asker:
    link: StripeLink
    intents: Intents
    payers: Payers
    outcomes: Outcomes
    log: Log
    now_ms: Callable[[], int]

    async def see_to(self, intent: Intent) -> None:
        """Do what is next for an intent."""
        try:
            with trio.fail_after(CALL_S):
                await self._next(intent)
        except Declined as error:
            await self.outcomes.fail(intent, error.reason)
        except (NotNow, Unknown) as error:
            await self._put_off(intent, error.reason)
        except trio.TooSlowError:
            await self._put_off(intent, "no_answer")
        except Misfit as error:
            if error.reason == KEY_REFUSED:
                await self._put_off(intent, error.reason)
            else:
                await self.outcomes.fail(intent, error.reason)

    async def customer_of(self, intent: Intent) -> str:
        """Return who the payer is at the processor, who is told of a new one."""
        known = await self.payers.customer(intent.payer)
        if known is not None:
            return known
        made = await self.link.create_customer(intent.payer, id_for(intent.id, "customer"))
        return await self.payers.keep_customer(intent.payer, made, self.now_ms())

    async def _next(self, intent: Intent) -> None:
        if await self._find(intent):
            return
        if intent.kind in ("page", "setup"):
            await self._wait_for_person(intent)
        elif self._is_old(intent.first_ask_ms or intent.made_ms):
            asked = intent.first_ask_ms is not None
            await self.outcomes.fail(intent, "no_answer" if asked else "not_asked_in_time")
        elif intent.kind == "refund":
            await self._give_back(intent)
        else:
            await self._pay(intent)

    async def _find(self, intent: Intent) -> bool:
        """See whether what was asked for is there. True: it is, and that was seen to."""
        if intent.first_ask_ms is None:
            return False
        since_s = intent.first_ask_ms // 1000 - CLOCKS_S
        if intent.kind == "setup":
            if not intent.ref and not intent.page:  # The answer was lost: nobody has its address.
                return False
            link, by_page = self.link, not intent.ref
            seen = await (link.setup_on(intent.page) if by_page else link.setup(intent.ref))
            return await self.outcomes.settle_setup(intent, seen)
        if intent.kind == "refund":
            original = await self.outcomes.refunded(intent)
            refund = await self.link.refund_for(intent.id, original.ref)
            return refund is not None and await self.outcomes.settle_refund(intent, refund)
        customer = await self.customer_of(intent)
        paid = await self.link.payment_for(intent.id, customer, since_s)
        return paid is not None and await self.outcomes.settle(intent, paid)

    async def _wait_for_person(self, intent: Intent) -> None:
        """Look again soon, in case that the webhook is lost; after a day nobody comes any more."""
        now_ms = self.now_ms()
        if now_ms - intent.made_ms > PAGE_MS:
            await self.outcomes.fail(intent, "not_done_in_time")
            return
        step = Step(intent.state, intent.reason, due_ms=now_ms + PERSON_MS)
        await self.intents.move(intent.id, step, now_ms)

    async def _pay(self, intent: Intent) -> None:
        customer = await self.customer_of(intent)
        order = Order(intent.id, customer, intent.method, intent.amount, f"Top-up {intent.payer}")
        await self.intents.ask(intent.id, self.now_ms())
        await self.outcomes.settle(intent, await self.link.pay(order))

    async def _give_back(self, intent: Intent) -> None:
        if not await self.outcomes.take_for_refund(intent):
            return
        paid = await self.outcomes.refunded(intent)
        await self.intents.ask(intent.id, self.now_ms())
        refund = await self.link.give_back(intent.id, paid.ref, intent.amount)
        await self.outcomes.settle_refund(intent, refund)

    async def _put_off(self, intent: Intent, reason: str) -> None:
        now_ms = self.now_ms()
        lasted_ms = now_ms - (intent.first_ask_ms or intent.made_ms)
        wait_ms = min(max(lasted_ms, RETRY_MS[0]), RETRY_MS[1])
        state = "asked" if intent.state == "new" else intent.state
        await self.intents.move(intent.id, Step(state, reason, due_ms=now_ms + wait_ms), now_ms)
        self.log.warning("payment.put_off", intent=intent.id, reason=reason)

    def _is_old(self, since_ms: int) -> bool:
        return self.now_ms() - since_ms > GIVE_UP_MS
