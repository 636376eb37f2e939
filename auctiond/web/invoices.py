"""Plans and invoices over the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from quart import Request, Response

from auctiond.billing.invoice_desk import InvoiceDesk
from auctiond.pg.invoices import InvoiceRow
from auctiond.web.ask import PAGE_MAX, is_whole, number_in
from auctiond.web.auth import Gate
from auctiond.web.idempotency import Once
from auctiond.web.money_body import read_any, read_fields
from auctiond.web.payments import amount_in, met, object_in, payer_of, text_in
from auctiond.web.problems import Problem, json_response
from billing.invoices import as_html, as_text
from billing.plans import PlanError, read_plan, write_plan
from market.money import dollars

NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class InvoicesApi:
    gate: Gate
    desk: InvoiceDesk
    once: Once

    async def list_plans(self, request: Request) -> Response:
        """Return the plans there are."""
        await self._allow(request, "read")
        plans = await self.desk.invoices.plans()
        told = [{"name": name} | write_plan(plan) for name, plan in plans.items()]
        return json_response({"plans": told})

    async def put_plan(self, request: Request, name: str) -> Response:
        """Set a plan. Who has subscribed to it before keeps the terms."""
        key = await self._allow(request, "admin")
        if not 1 <= len(name) <= NAME_MAX or not name.replace("-", "").isalnum():
            raise Problem(400, "name", f"name: expected letters, digits and -, up to {NAME_MAX}.")
        try:
            plan = read_plan(await read_any(request))
        except PlanError as error:
            raise Problem(400, "plan", f"{error}.") from None
        await self.desk.set_plan(name, plan, key)
        return json_response({"name": name} | write_plan(plan))

    async def subscribe(self, request: Request, name: str) -> Response:
        """Subscribe to a plan, from a month on."""
        key = await self._allow(request, "admin")
        text = text_in(await object_in(request, "from"), "from")
        month = await met(self.desk.subscribe(name, _month(text) if text else None, key))
        return json_response({"plan": name, "from": f"{month:%Y-%m}"}, 201)

    async def list_invoices(self, request: Request) -> Response:
        """Return the newest invoices and credit notes; `before` pages on from a number."""
        await self._allow(request, "read")
        limit, before = number_in(request, "limit", 50, PAGE_MAX), request.args.get("before")
        payer = request.args.get("payer")
        rows = await self.desk.invoices.recent(
            limit, _no(before) if before else None, payer_of(payer) if payer is not None else None
        )
        return json_response({"invoices": [_line(row) for row in rows]})

    async def get_invoice(self, request: Request, no: str) -> Response:
        """Return an invoice: as JSON, or with `as=text` or `as=html` as it is printed."""
        await self._allow(request, "read")
        row = await self._row(no)
        shape = request.args.get("as", "json")
        if shape == "text":
            return Response(as_text(await self.desk.printed(row)), 200, None, "text/plain")
        if shape == "html":
            return Response(as_html(await self.desk.printed(row)), 200, None, "text/html")
        if shape != "json":
            raise Problem(400, "as", "as: expected json, text or html.")
        notes = [_line(note) for note in await self.desk.invoices.credits_of(row.no)]
        items = [
            {"topic": i.topic, "text": i.text, "quantity": i.quantity, "amount": dollars(i.amount)}
            for i in row.items
        ]
        return json_response(_line(row) | {"items": items, "credit_notes": notes})

    async def run(self, request: Request) -> Response:
        """Rate usage, charge it, and issue what is due, now instead of in a few minutes."""
        key = await self._allow(request, "money")

        async def work(_: UUID) -> Response:
            return json_response({"issued": await self.desk.biller.look()})

        return await self.once.answer(request, key, work, required=False)

    async def credit(self, request: Request, no: str) -> Response:
        """Give a part of an invoice back to the wallet, by a credit note."""
        key = await self._allow(request, "money")

        async def work(id_: UUID) -> Response:
            told = await read_fields(request, ("amount", "reason", "currency"))
            amount, reason = amount_in(told, "amount"), text_in(told, "reason")
            wanted = _no(no)
            await self._same_currency(wanted, text_in(told, "currency"))
            note = await met(self.desk.credit(id_, wanted, amount, reason, key))
            return json_response(_line(note), 201)

        return await self.once.answer(request, key, work)

    async def _same_currency(self, no: int, currency: str) -> None:
        row = await self.desk.invoices.get(no)
        if currency and row is not None and row.currency.upper() != currency:
            right = f'currency: the invoice is in "{row.currency.upper()}".'
            raise Problem(400, "currency", right)

    async def _row(self, no: str) -> InvoiceRow:
        row = await self.desk.invoices.get(_no(no))
        if row is None:
            raise Problem(404, "no such invoice", f"There is no invoice {no}.")
        return row

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


def _line(row: InvoiceRow) -> dict[str, Any]:
    return {
        "no": row.no,
        "number": row.number,
        "kind": row.kind,
        "payer": row.payer,
        "month": f"{row.month:%Y-%m}",
        "of": row.of,
        "total": dollars(row.total),
        "currency": row.currency.upper(),
        "reason": row.reason,
        "issued_ms": row.issued_ms,
    }


def _no(text: str) -> int:
    if not is_whole(text):
        raise Problem(400, "no", "An invoice is named by its number without the prefix: 1, 2, ...")
    return int(text)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Problem(400, "from", 'from: expected a month, like "2026-12".') from None
