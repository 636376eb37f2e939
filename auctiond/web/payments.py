"""Payments over the API: top-ups by card, pages, cards on file, refunds, rules, disputes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from quart import Request, Response

from auctiond.billing.desk import TENANT, PaymentDesk, Refused
from auctiond.billing.hearing import Hearing, NotGenuine, NotRead
from auctiond.pg.errors import PgAway
from auctiond.pg.intents import PAYING, Intent
from auctiond.pg.wallet_rules import WalletRule, WalletState
from auctiond.web.ask import PAGE_MAX, number_in
from auctiond.web.auth import Gate
from auctiond.web.idempotency import Once
from auctiond.web.money_body import read_fields
from auctiond.web.problems import Problem, json_response
from auctiond.workers.dispatch import Verdict
from market.money import Micros, MoneyError, dollars, micros

PAYER_CHARS_MAX = 200
USD = "USD"
RULE_FIELDS = ("enabled", "threshold", "amount", "method", "month_max", "low")


@dataclass(frozen=True, slots=True)
class PaymentsApi:
    gate: Gate
    desk: PaymentDesk
    once: Once
    hearing: Hearing | None  # None: no processor is set up.

    async def hook(self, body: bytes, headers: Mapping[str, str]) -> Verdict:
        """Take a webhook of the processor's: kept, then answered."""
        if self.hearing is None:
            return Verdict(404, "not_set_up", "The setting stripe_api_key is empty.")
        try:
            result, verdict = await self.hearing.receive(body, headers), Verdict(200, "ok")
        except NotGenuine:
            detail = "The signature is not Stripe's, or is not of these minutes."
            result, verdict = "forged", Verdict(403, "forged", detail)
        except NotRead:
            result, verdict = "malformed", Verdict(400, "malformed", "Signed, but no event.")
        except PgAway:
            result, verdict = "not_stored", Verdict(503, "not_stored", "The database is away.")
        self.hearing.metrics.webhooks("stripe", result).inc()
        return verdict

    async def top_up(self, request: Request) -> Response:
        """Charge a card on file, and put the money into the wallet when it has come."""
        key = await self._allow(request, "money")

        async def work(id_: UUID) -> Response:
            told = await object_in(request, "payer", "amount", "method")
            payer, amount = payer_in(told), amount_in(told, "amount")
            method = text_in(told, "method")
            intent = await met(self.desk.top_up(id_, payer, amount, method, key))
            return json_response(view(intent), 202)

        return await self.once.answer(request, key, work)

    async def list_top_ups(self, request: Request) -> Response:
        """Return the newest payments and refunds, newest first; `before` pages on from an id."""
        await self._allow(request, "read")
        limit, before = number_in(request, "limit", 50, PAGE_MAX), request.args.get("before")
        payer = request.args.get("payer")
        wanted = payer_of(payer) if payer is not None else None
        found = await self.desk.intents.recent(limit, _id(before) if before else None, wanted)
        return json_response({"top_ups": [view(intent) for intent in found]})

    async def get_top_up(self, request: Request, top_up: str) -> Response:
        """Return a payment or refund, and what happened to it."""
        await self._allow(request, "read")
        intent = await self.desk.intents.get(_id(top_up))
        if intent is None:
            raise Problem(404, "no such top-up", f"There is no top-up {top_up[:40]!r}.")
        events = await self.desk.intents.events(intent.id)
        told = [{"at_ms": e.at_ms, "what": e.what, "reason": e.reason} for e in events]
        return json_response(view(intent) | {"timeline": told})

    async def refund(self, request: Request, top_up: str) -> Response:
        """Give a payment back to its card, whole or in part."""
        key = await self._allow(request, "money")

        async def work(id_: UUID) -> Response:
            told = await object_in(request, "amount")
            amount = amount_in(told, "amount") if "amount" in told else None
            intent = await met(self.desk.refund(id_, _id(top_up), amount, key))
            return json_response(view(intent), 202)

        return await self.once.answer(request, key, work)

    async def open_page(self, request: Request) -> Response:
        """Open a page of the processor's, where a person pays, or only leaves a card."""
        key = await self._allow(request, "money")

        async def work(id_: UUID) -> Response:
            told = await object_in(request, "payer", "amount")
            payer = payer_in(told)
            amount = amount_in(told, "amount") if "amount" in told else Micros(0)
            page = await met(self.desk.open_page(id_, payer, amount, key))
            return json_response({"id": str(id_), "payer": payer, "url": page.url}, 201)

        return await self.once.answer(request, key, work)

    async def begin_setup(self, request: Request) -> Response:
        """Begin to keep a card, on a page of the operator's own that has the processor's form."""
        key = await self._allow(request, "money")

        async def work(id_: UUID) -> Response:
            payer = payer_in(await object_in(request, "payer"))
            seen = await met(self.desk.begin_setup(id_, payer, key))
            made = {"id": str(id_), "payer": payer, "client_secret": seen.url}
            return json_response(made, 201)

        return await self.once.answer(request, key, work)

    async def list_methods(self, request: Request) -> Response:
        """Return the cards on file: the processor's ids of them."""
        await self._allow(request, "read")
        payer = request.args.get("payer")
        found = await self.desk.payers.methods(payer_of(payer) if payer is not None else None)
        told = [{"id": m.id, "payer": m.payer, "added_ms": m.added_ms} for m in found]
        return json_response({"payment_methods": told})

    async def drop_method(self, request: Request, method: str) -> Response:
        """Have a card forgotten, here and at the processor."""
        await self._allow(request, "money")
        await met(self.desk.drop_method(method))
        return json_response({"id": method, "gone": True})

    async def get_rule(self, request: Request, payer: str) -> Response:
        """Return how a wallet is filled by itself."""
        await self._allow(request, "read")
        name = payer_of(payer)
        return json_response(rule_view(name, await self.desk.rules.get(name)))

    async def put_rule(self, request: Request, payer: str) -> Response:
        """Set how a wallet is filled by itself; what was paused goes on."""
        key = await self._allow(request, "money")
        name, told = payer_of(payer), await object_in(request, *RULE_FIELDS)
        enabled = told.get("enabled", True)
        if not isinstance(enabled, bool):
            raise Problem(400, "enabled", "enabled: expected true or false.")
        rule = WalletRule(
            name,
            enabled,
            amount_in(told, "threshold") if enabled or "threshold" in told else Micros(0),
            amount_in(told, "amount") if enabled or "amount" in told else Micros(0),
            text_in(told, "method"),
            amount_in(told, "month_max") if told.get("month_max") is not None else None,
            amount_in(told, "low") if told.get("low") is not None else None,
        )
        await met(self.desk.set_rule(rule, key))
        return json_response(rule_view(name, await self.desk.rules.get(name)))

    async def list_disputes(self, request: Request) -> Response:
        """Return what card owners dispute, newest first."""
        await self._allow(request, "read")
        found = await self.desk.payers.disputes(number_in(request, "limit", 50, PAGE_MAX))
        told = [
            {
                "id": each.id,
                "top_up": str(each.intent),
                "payer": each.payer,
                "reason": each.reason,
                "state": each.state,
                "withdrawn": dollars(each.withdrawn),
                "reinstated": dollars(each.reinstated),
                "currency": USD,
                "opened_ms": each.at_ms,
            }
            for each in found
        ]
        return json_response({"disputes": told})

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


def view(intent: Intent) -> dict[str, Any]:
    """Return a payment or refund as the API tells it."""
    return {
        "id": str(intent.id),
        "kind": intent.kind,
        "payer": intent.payer,
        "amount": dollars(intent.amount),
        "currency": intent.currency.upper(),
        "method": intent.method or None,
        "of": str(intent.of) if intent.of is not None else None,
        "by": intent.by,
        "at_ms": intent.made_ms,
        "state": intent.state,
        "reason": intent.reason,
        "processor_ref": intent.ref or None,
        "refundable": intent.kind in PAYING and intent.state == "done",
    }


def rule_view(payer: str, state: WalletState | None) -> dict[str, Any]:
    """Return how a wallet is filled by itself, as the API tells it."""
    if state is None:
        return {"payer": payer, "enabled": False}
    rule = state.rule
    return {
        "payer": payer,
        "enabled": rule.enabled,
        "threshold": dollars(rule.threshold),
        "amount": dollars(rule.amount),
        "currency": USD,
        "method": rule.method or None,
        "month_max": dollars(rule.month_max) if rule.month_max is not None else None,
        "low": dollars(rule.low) if rule.low is not None else None,
        "failures": state.failures,
        "paused": state.paused,
        "not_before_ms": state.next_ms,
    }


def payer_of(text: str) -> str:
    """Return the account of a buyer's id, or of an account as it is."""
    if not 1 <= len(text) <= PAYER_CHARS_MAX or not text.isascii() or not text.isprintable():
        raise Problem(400, "payer", f'payer: expected the id of a buyer, or "{TENANT}".')
    return text if ":" in text else f"wallet:{text}"


def payer_in(told: Mapping[str, Any]) -> str:
    """Return the payer that a request names."""
    payer = told.get("payer")
    return payer_of(payer if isinstance(payer, str) else "")


async def met(asked: Any) -> Any:  # noqa: ANN401  Any wish.
    """Return what a wish gave, or raise the Problem that tells why it is refused."""
    try:
        return await asked
    except Refused as refused:
        raise Problem(refused.status, "refused", str(refused)) from None


async def object_in(request: Request, *known: str) -> Mapping[str, Any]:
    """Return the fields of a request's JSON object, of which none may be unknown."""
    told = await read_fields(request, (*known, "currency"))
    if told.get("currency", USD) != USD:
        raise Problem(400, "currency", f'currency: wallets are filled in "{USD}" here.')
    return told


def amount_in(told: Mapping[str, Any], name: str) -> Micros:
    """Return an amount of dollars."""
    value = told.get(name)
    try:
        if not isinstance(value, str):
            raise MoneyError
        return micros(value)
    except MoneyError:
        raise Problem(400, name, f'{name}: expected dollars as text, like "250.00".') from None


def text_in(told: Mapping[str, Any], name: str) -> str:
    """Return a text; "" when there is none."""
    value = told.get(name) or ""
    if not isinstance(value, str) or len(value) > PAYER_CHARS_MAX:
        raise Problem(400, name, f"{name}: expected a text.")
    return value


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(400, "id", f"{text[:40]!r} is no id of a top-up.") from None
