"""The routes of payouts, and what /v1 says of them as OpenAPI."""

from __future__ import annotations

from typing import Any

from quart import Response, request
from quart_trio import QuartTrio

from auctiond.web.openapi_parts import json_of, list_of, operation, query
from auctiond.web.payouts import PayoutsApi

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
AMOUNT = {"type": "string", "description": "Decimal, in the currency beside it."}
RUN_ID = {"name": "run", "in": "path", "required": True, "schema": TEXT}
RUN = json_of({"id": TEXT, "no": NUMBER, "state": TEXT, "amount": AMOUNT})
ITEM = json_of(
    {
        "publisher": TEXT,
        "amount": AMOUNT,
        "pays": AMOUNT,
        "currency": TEXT,
        "state": TEXT,
        "ref": TEXT,
    }
)


def add_payouts(app: QuartTrio, api: PayoutsApi) -> None:
    """Add the routes."""

    @app.get("/v1/payouts")
    async def list_payouts() -> Response:
        return await api.list_runs(request)

    @app.post("/v1/payouts")
    async def make_payout() -> Response:
        return await api.make(request)

    @app.get("/v1/payouts/due")
    async def payouts_due() -> Response:
        return await api.due(request)

    @app.get("/v1/payouts/<run>")
    async def get_payout(run: str) -> Response:
        return await api.get_run(request, run)

    @app.post("/v1/payouts/<run>/approve")
    async def approve_payout(run: str) -> Response:
        return await api.decide(request, run, "approved")

    @app.post("/v1/payouts/<run>/cancel")
    async def cancel_payout(run: str) -> Response:
        return await api.decide(request, run, "cancelled")

    @app.get("/v1/payouts/<run>/export")
    async def export_payout(run: str) -> Response:
        return await api.export(request, run)

    @app.post("/v1/payouts/<run>/paid")
    async def payout_paid(run: str) -> Response:
        return await api.paid(request, run)

    @app.post("/v1/payouts/<run>/failed")
    async def payout_failed(run: str) -> Response:
        return await api.failed(request, run)


def payout_paths() -> dict[str, Any]:
    """Return the paths."""
    pages = [query("limit", "integer"), query("before", "integer")]
    some, due = json_of({"payouts": list_of({"type": "object"})}), list_of({"type": "object"})
    text = {"text/csv": {"schema": TEXT}}
    of_run: dict[str, Any] = {"parameters": [RUN_ID]}
    paid, failed = (
        json_of({"publisher": TEXT, "ref": TEXT}),
        json_of({"publisher": TEXT, "reason": TEXT}),
    )
    make = "Set aside what publishers have earned and is due."
    back = "Note that a payment came back: it is due again."
    return {
        "/v1/payouts": {
            "get": operation("Return the newest runs.", "read", some, parameters=pages),
            "post": operation(make, "money", RUN, body=json_of({"until": TEXT}), status="201"),
        },
        "/v1/payouts/due": {
            "get": operation(
                "Return what publishers are owed, and what a run would pay now.",
                "read",
                json_of({"publishers": due}),
                parameters=[query("until", "string")],
            )
        },
        "/v1/payouts/{run}": {
            "get": operation("Return a run, and what it pays to whom.", "read", RUN, **of_run)
        },
        "/v1/payouts/{run}/approve": {"post": operation("Approve it.", "money", RUN, **of_run)},
        "/v1/payouts/{run}/cancel": {"post": operation("Cancel it.", "money", RUN, **of_run)},
        "/v1/payouts/{run}/export": {
            "get": operation("Return it as CSV, a line for each sale.", "read", text, **of_run)
        },
        "/v1/payouts/{run}/paid": {
            "post": operation("Note that a publisher was paid.", "money", ITEM, body=paid, **of_run)
        },
        "/v1/payouts/{run}/failed": {"post": operation(back, "money", ITEM, body=failed, **of_run)},
    }
