"""The routes of plans and invoices, and what /v1 says of them as OpenAPI."""

from __future__ import annotations

from typing import Any

from quart import Response, request
from quart_trio import QuartTrio

from auctiond.web.invoices import InvoicesApi
from auctiond.web.openapi_parts import KEY, json_of, list_of, operation, query
from auctiond.web.reconciliations import ReconciliationsApi

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NAME = {"name": "name", "in": "path", "required": True, "schema": TEXT}
NO = {"name": "no", "in": "path", "required": True, "schema": WHOLE}


def add_invoices(app: QuartTrio, api: InvoicesApi) -> None:
    """Add the routes."""

    @app.get("/v1/plans")
    async def list_plans() -> Response:
        return await api.list_plans(request)

    @app.put("/v1/plans/<name>")
    async def put_plan(name: str) -> Response:
        return await api.put_plan(request, name)

    @app.post("/v1/plans/<name>/subscribe")
    async def subscribe(name: str) -> Response:
        return await api.subscribe(request, name)

    @app.get("/v1/invoices")
    async def list_invoices() -> Response:
        return await api.list_invoices(request)

    @app.post("/v1/invoices/run")
    async def run_invoices() -> Response:
        return await api.run(request)

    @app.get("/v1/invoices/<no>")
    async def get_invoice(no: str) -> Response:
        return await api.get_invoice(request, no)

    @app.post("/v1/invoices/<no>/credit-notes")
    async def credit_invoice(no: str) -> Response:
        return await api.credit(request, no)


def add_reconciliations(app: QuartTrio, api: ReconciliationsApi) -> None:
    """Add the routes."""

    @app.get("/v1/reconciliations")
    async def list_reconciliations() -> Response:
        return await api.list_runs(request)

    @app.post("/v1/reconciliations")
    async def reconcile() -> Response:
        return await api.compare(request)


def invoice_paths() -> dict[str, Any]:
    """Return the paths."""
    return _plans() | _invoices() | _reconciliations()


def _reconciliations() -> dict[str, Any]:
    one = json_of({"day": TEXT, "fees": TEXT, "payouts": TEXT, "differences": list_of({})})
    return {
        "/v1/reconciliations": {
            "get": operation(
                "Return what comparing Stripe's books with ours came to, newest first.",
                "read",
                json_of({"reconciliations": list_of({"type": "object"})}),
                parameters=[query("limit", "integer")],
            ),
            "post": operation(
                "Compare a day now; fees and payouts are booked, differences are listed.",
                "money",
                one,
                body=json_of({"day": TEXT}),
                status="201",
            ),
        }
    }


def _plans() -> dict[str, Any]:
    rate = {"type": "object", "properties": {"included": WHOLE, "price": TEXT}}
    topics = ("minutes", "numbers", "pings", "recordings")
    plan = json_of({"monthly_fee": TEXT, "round_to_s": WHOLE} | dict.fromkeys(topics, rate))
    month = json_of({"from": TEXT})
    return {
        "/v1/plans": {
            "get": operation(
                "Return the plans there are.", "read", json_of({"plans": list_of(rate)})
            )
        },
        "/v1/plans/{name}": {
            "put": operation(
                "Set a plan; who has subscribed to it before keeps the terms.",
                "admin",
                plan,
                body=plan,
                parameters=[NAME],
            )
        },
        "/v1/plans/{name}/subscribe": {
            "post": operation(
                "Subscribe to a plan, from a month on that was not charged yet.",
                "admin",
                json_of({"plan": TEXT, "from": TEXT}),
                body=month,
                parameters=[NAME],
                status="201",
            )
        },
    }


def _invoices() -> dict[str, Any]:
    one = json_of(
        dict.fromkeys(("number", "kind", "payer", "month", "total", "currency"), TEXT)
        | {"no": WHOLE, "items": list_of({"type": "object"})}
    )
    pages = [query("limit", "integer"), query("before", "integer"), query("payer", "string")]
    return {
        "/v1/invoices": {
            "get": operation(
                "Return the newest invoices and credit notes.",
                "read",
                json_of({"invoices": list_of({"type": "object"})}),
                parameters=pages,
            )
        },
        "/v1/invoices/run": {
            "post": operation(
                "Rate usage, charge it, and issue what is due, now.",
                "money",
                json_of({"issued": list_of(WHOLE)}),
            )
        },
        "/v1/invoices/{no}": {
            "get": operation(
                "Return an invoice or credit note; `as=text` or `as=html` as it is printed.",
                "read",
                one,
                parameters=[NO, query("as", "string")],
            )
        },
        "/v1/invoices/{no}/credit-notes": {
            "post": operation(
                "Give a part of an invoice back to the wallet, by a credit note.",
                "money",
                one,
                body=json_of({"amount": TEXT, "currency": TEXT, "reason": TEXT}),
                parameters=[NO, KEY],
                status="201",
            )
        },
    }
