"""Takes wishes about payments: a top-up, a page to pay on, a card to keep, money back, a rule.

A wish is checked, written down as an intent, and seen to by the collector. Only a page is asked for
at once, for somebody waits for its address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from uuid import UUID

import trio

from auctiond.billing.asking import CALL_S, PERSON_MS, Asker
from auctiond.billing.seen import CENT, KEY_REFUSED, Misfit, PageSeen, ProcessorError
from auctiond.pg.intents import Intent, IntentKind, Intents, Step, Wanted
from auctiond.pg.payers import Method, Payers
from auctiond.pg.wallet_rules import WalletRule, WalletRules
from market.money import Micros, dollars, micros

AMOUNT_MIN = micros("0.50")  # Of a payment by card, as the processor has it.
AMOUNT_MAX = micros("999999.99")
TENANT = "usage:main"  # The tenant's own wallet, for what using auctiond costs.
AskPage = Callable[[Asker, str], Awaitable[PageSeen]]


class Refused(Exception):
    """A wish that cannot be met: `status` is of HTTP, and the text is for people."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class PaymentDesk:
    intents: Intents
    payers: Payers
    rules: WalletRules
    asker: Asker | None  # None: no processor is set up.
    buyers: Callable[[], Collection[str]]
    back: str  # Where the processor's pages lead people back to.
    now_ms: Callable[[], int]
    wake: Callable[[], None]

    async def top_up(self, id_: UUID, payer: str, amount: Micros, method: str, by: str) -> Intent:
        """Want a payment with a card on file. Raises Refused."""
        self._set_up()
        self._check(payer, amount)
        chosen = await self.method_of(payer, method)
        return await self._begin(Wanted(id_, "top_up", payer, amount, chosen.id, by))

    async def open_page(self, id_: UUID, payer: str, amount: Micros, by: str) -> PageSeen:
        """Open a page where a person pays, or with no amount only leaves a card. Raises Refused."""
        self._set_up()
        if amount:
            self._check(payer, amount)
        self._know(payer)
        kind: IntentKind = "page" if amount else "setup"
        intent = await self._begin(Wanted(id_, kind, payer, amount, "", by))
        text = f"Top-up of the account {payer.partition(':')[2]}"

        async def ask(asker: Asker, customer: str) -> PageSeen:
            return await asker.link.open_page(intent.id, customer, amount, self.back, text)

        return await self._ask(intent, ask)

    async def begin_setup(self, id_: UUID, payer: str, by: str) -> PageSeen:
        """Begin to keep a card, for a page of the operator's own. Raises Refused."""
        self._set_up()
        self._know(payer)
        intent = await self._begin(Wanted(id_, "setup", payer, Micros(0), "", by))

        async def ask(asker: Asker, customer: str) -> PageSeen:
            return await asker.link.begin_setup(intent.id, customer)

        return await self._ask(intent, ask)

    async def refund(self, id_: UUID, of: UUID, amount: Micros | None, by: str) -> Intent:
        """Want a payment given back, whole or in part. Raises Refused."""
        self._set_up()
        paid = await self.intents.get(of)
        if paid is None:
            raise Refused(404, f"There is no top-up {of}.")
        amount = paid.amount if amount is None else amount
        if amount <= 0 or amount % CENT:
            raise Refused(400, "amount: expected whole cents, more than 0.")
        wanted = Wanted(id_, "refund", paid.payer, amount, paid.method, by, of)
        return await self._begin(wanted)

    async def set_rule(self, rule: WalletRule, by: str) -> None:
        """Set how a wallet is filled by itself. Raises Refused."""
        self._know(rule.payer)
        if rule.enabled:
            self._set_up()
            self._check(rule.payer, rule.amount)
            if rule.threshold < 0 or rule.amount <= 0:
                raise Refused(400, "threshold and amount: expected dollars, more than 0.")
            await self.method_of(rule.payer, rule.method)
            if rule.month_max is not None and rule.month_max < rule.amount:
                raise Refused(400, "month_max: less than one amount would never be charged.")
        await self.rules.set(rule, by, self.now_ms())
        self.wake()

    async def drop_method(self, method: str) -> None:
        """Have a card forgotten, here and at the processor. Raises Refused."""
        asker = self._set_up()
        known = [each for each in await self.payers.methods() if each.id == method]
        if not known:
            raise Refused(404, f"There is no payment method {method!r}.")
        rule = await self.rules.get(known[0].payer)
        if rule is not None and rule.rule.enabled and rule.rule.method == method:
            raise Refused(409, f"{known[0].payer} is recharged with it; set that anew first.")
        try:
            with trio.fail_after(CALL_S):
                await asker.link.detach(method)
        except Misfit as error:  # It is nobody's over there already.
            if error.reason == KEY_REFUSED:
                raise _not_reached(error) from None
        except (ProcessorError, trio.TooSlowError) as error:
            raise _not_reached(error) from None
        await self.payers.drop_method(method, self.now_ms())

    async def method_of(self, payer: str, method: str) -> Method:
        """Return the way to pay that was named, or the payer's newest. Raises Refused."""
        known = await self.payers.methods(payer)
        if not known:
            text = f"{payer} has no card on file. Have one left on a page first:"
            how = f"auctiond wallet page {payer.removeprefix('wallet:')}, or POST /v1/checkouts"
            raise Refused(409, f"{text} {how}.")
        found = next((each for each in known if method in ("", each.id)), None)
        if found is None:
            raise Refused(404, f"{payer} has no payment method {method!r}.")
        return found

    async def _begin(self, wanted: Wanted) -> Intent:
        now_ms = self.now_ms()
        # A page is asked for by us, below, and then looked at now and then.
        due_ms = now_ms + (PERSON_MS if wanted.kind in ("page", "setup") else 0)
        begun = await self.intents.begin(wanted, now_ms, due_ms)
        if begun == "too_much":
            raise Refused(409, "More than was paid, less what was given back already.")
        if begun == "not_paid":
            raise Refused(409, "That top-up brought no money in, so there is none to give back.")
        self.wake()
        intent = await self.intents.get(wanted.id)
        assert intent is not None
        return intent

    async def _ask(self, intent: Intent, ask: AskPage) -> PageSeen:
        asker = self._set_up()
        try:
            with trio.fail_after(CALL_S):
                customer = await asker.customer_of(intent)
                await self.intents.ask(intent.id, self.now_ms())
                page = await ask(asker, customer)
        except (ProcessorError, trio.TooSlowError) as error:
            raise _not_reached(error) from None
        now_ms = self.now_ms()
        is_setup = page.id.startswith("seti_")
        ids = {"ref": page.id} if is_setup else {"page": page.id}
        step = Step("waiting", "needs_person", due_ms=now_ms + PERSON_MS, **ids)
        await self.intents.move(intent.id, step, now_ms)
        return page

    def _set_up(self) -> Asker:
        if self.asker is None:
            raise Refused(409, "Stripe is not set up: the setting stripe_api_key is empty.")
        return self.asker

    def _know(self, payer: str) -> None:
        word, _, name = payer.partition(":")
        if payer != TENANT and (word != "wallet" or name not in self.buyers()):
            raise Refused(404, f"There is no buyer {name!r} in the network.")

    def _check(self, payer: str, amount: Micros) -> None:
        self._know(payer)
        if amount % CENT or not AMOUNT_MIN <= amount <= AMOUNT_MAX:
            bounds = f"{dollars(AMOUNT_MIN)} to {dollars(AMOUNT_MAX)}"
            raise Refused(400, f"amount: expected whole cents, {bounds}.")


def _not_reached(error: ProcessorError | trio.TooSlowError) -> Refused:
    reason = error.reason if isinstance(error, ProcessorError) else "no_answer"
    text = f"Stripe did not do it ({reason}). Send the same request again, with the same key."
    return Refused(503, text)
