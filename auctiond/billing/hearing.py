"""Hears the processor's news: signed, kept, answered; then what it tells of is looked at.

A webhook is a hint. We ask for the object as it now is, and act on that; so it matters neither in
which order news come, nor how often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from auctiond.billing.disputes import Disputes
from auctiond.billing.outcomes import Outcomes
from auctiond.billing.seen import CURRENCY, KEY_REFUSED, Misfit
from auctiond.billing.stripe_link import StripeLink, is_signed
from auctiond.billing.telling import told_of
from auctiond.keys.secret import Secret
from auctiond.metrics import Metrics
from auctiond.pg.intents import PAYING, Intents
from auctiond.pg.notices import step_of
from auctiond.pg.payers import News, Payers
from market.ids import id_for
from market.money import dollars

WINDOW_S = 300  # Around now, on both sides: Stripe's own library looks at the past alone.
HEADER = "stripe-signature"
ID_CHARS_MAX = 255
REFUNDS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
HEARD = {
    "payment_intent.succeeded": "payment",
    "payment_intent.processing": "payment",
    "payment_intent.payment_failed": "payment",
    "payment_intent.canceled": "payment",
    "setup_intent.succeeded": "setup",
    **dict.fromkeys(REFUNDS, "refund"),
    "charge.dispute.created": "dispute",
    "charge.dispute.updated": "dispute",
    "charge.dispute.closed": "dispute",
    "charge.dispute.funds_withdrawn": "dispute",
    "charge.dispute.funds_reinstated": "dispute",
}


class NotGenuine(Exception):
    """The signature is not the processor's, or not of now."""


class NotRead(Exception):
    """It is signed, but no event."""


@dataclass(frozen=True, slots=True)
class Hearing:
    link: StripeLink
    intents: Intents
    payers: Payers
    outcomes: Outcomes
    disputes: Disputes
    secrets: tuple[Secret, ...]  # Two while one takes over from the other.
    metrics: Metrics
    now_ms: Callable[[], int]
    wake: Callable[[], None]

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> str:
        """Keep a webhook. Raises NotGenuine, NotRead, PgAway."""
        header = headers.get(HEADER, "")
        if not self._is_genuine(body, header):
            raise NotGenuine
        news = read_event(body)
        if news.kind not in HEARD:
            return "ignored"
        new = await self.payers.put_news(news, self.now_ms())
        self.wake()
        return "new" if new else "duplicate"

    async def see_to(self, news: News) -> None:
        """Look at what a webhook tells of, and act on it. Raises ProcessorError: look again."""
        try:
            result = await self._look(HEARD.get(news.kind, ""), news.object_id)
        except Misfit as error:
            if error.reason == KEY_REFUSED:
                raise
            result = f"refused:{error.reason}"
        await self.payers.end_news(news.event_id, result, self.now_ms())

    async def _look(self, what: str, id_: str) -> str:
        if what == "payment":
            seen = await self.link.payment(id_)
            intent = await self.intents.get(seen.intent) if seen.intent is not None else None
            if intent is None or intent.kind not in PAYING:
                return "not_ours"
            await self.outcomes.settle(intent, seen)
        elif what == "setup":
            setup = await self.link.setup(id_)
            intent = await self.intents.get(setup.intent) if setup.intent is not None else None
            if intent is None or intent.kind != "setup":
                return "not_ours"
            await self.outcomes.settle_setup(intent, setup)
        elif what == "refund":
            return await self._look_at_refund(id_)
        elif what == "dispute":
            return await self.disputes.look(await self.link.dispute(id_))
        return "done"

    async def _look_at_refund(self, id_: str) -> str:
        seen = await self.link.refund(id_)
        intent = await self.intents.get(seen.intent) if seen.intent is not None else None
        if intent is not None and intent.kind == "refund":
            await self.outcomes.settle_refund(intent, seen)
            return "done"
        paid = await self.intents.of_payment(seen.payment)
        if paid is None:
            return "not_ours"
        # Somebody made it at the processor, by hand: the money has left.
        made = {"amount": dollars(seen.amount), "currency": CURRENCY.upper()}
        told = [step_of(t) for t in told_of("refund.made", paid.payer, made, seen.id)]
        await self.outcomes.till.money_left(paid.payer, id_for(paid.id, "by-hand"), seen, *told)
        return "done_by_hand"

    def _is_genuine(self, body: bytes, header: str) -> bool:
        at_s = signed_at(header)
        if at_s is None or abs(self.now_ms() / 1000 - at_s) > WINDOW_S:
            return False
        return any(is_signed(body, header, secret) for secret in self.secrets if secret)


def signed_at(header: str) -> int | None:
    """Return when a webhook says it was signed, in Unix seconds; None: it does not say."""
    times = [part[2:] for part in header.split(",") if part.startswith("t=")]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
        return None
    return int(times[0])


def read_event(body: bytes) -> News:
    """Return what an event tells of. Raises NotRead."""
    try:
        event = orjson.loads(body)
        found = News(event["id"], event["type"], event["data"]["object"].get("id") or "")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise NotRead from None
    for text in (found.event_id, found.kind, found.object_id):
        if not isinstance(text, str) or len(text) > ID_CHARS_MAX or not text.isascii():
            raise NotRead
    return found
