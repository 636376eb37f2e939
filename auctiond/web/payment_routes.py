"""The routes of payments, and what /v1 says of them as OpenAPI."""

from __future__ import annotations

from typing import Any

from quart import Response, request
from quart_trio import QuartTrio

from auctiond.web.openapi_parts import KEY, json_of, list_of, operation, query
from auctiond.web.payments import PaymentsApi

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}


def add_payments(app: QuartTrio, api: PaymentsApi) -> None:
    """Add the routes."""

    @app.post("/v1/top-ups")
    async def top_up_by_card() -> Response:
        return await api.top_up(request)

    @app.get("/v1/top-ups")
    async def list_top_ups() -> Response:
        return await api.list_top_ups(request)

    @app.get("/v1/top-ups/<top_up>")
    async def get_top_up(top_up: str) -> Response:
        return await api.get_top_up(request, top_up)

    @app.post("/v1/top-ups/<top_up>/refunds")
    async def refund_top_up(top_up: str) -> Response:
        return await api.refund(request, top_up)

    _add_cards(app, api)


def _add_cards(app: QuartTrio, api: PaymentsApi) -> None:
    @app.post("/v1/checkouts")
    async def open_page() -> Response:
        return await api.open_page(request)

    @app.post("/v1/setups")
    async def begin_setup() -> Response:
        return await api.begin_setup(request)

    @app.get("/v1/payment-methods")
    async def list_methods() -> Response:
        return await api.list_methods(request)

    @app.delete("/v1/payment-methods/<method>")
    async def drop_method(method: str) -> Response:
        return await api.drop_method(request, method)

    @app.get("/v1/wallets/<payer>/auto-recharge")
    async def get_rule(payer: str) -> Response:
        return await api.get_rule(request, payer)

    @app.put("/v1/wallets/<payer>/auto-recharge")
    async def put_rule(payer: str) -> Response:
        return await api.put_rule(request, payer)

    @app.get("/v1/disputes")
    async def list_disputes() -> Response:
        return await api.list_disputes(request)


def payment_paths() -> dict[str, Any]:
    """Return the paths."""
    return _top_ups() | _cards() | _rules()


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def _top_ups() -> dict[str, Any]:
    named = ("id", "kind", "payer", "amount", "currency", "state", "reason")
    one = json_of(dict.fromkeys(named, TEXT))
    paid = json_of(dict.fromkeys(("payer", "amount", "currency", "method"), TEXT))
    pages = [query("limit", "integer"), query("before", "string"), query("payer", "string")]
    return {
        "/v1/top-ups": {
            "post": operation(
                "Charge a card on file; the wallet has the money once it has come.",
                "money",
                one,
                body=paid,
                parameters=[KEY],
                status="202",
            ),
            "get": operation(
                "Return the newest payments and refunds.",
                "read",
                json_of({"top_ups": list_of({"type": "object"})}),
                parameters=pages,
            ),
        },
        "/v1/top-ups/{top_up}": {
            "get": operation(
                "Return a payment or refund, and what happened to it.",
                "read",
                one,
                parameters=[_path("top_up")],
            )
        },
        "/v1/top-ups/{top_up}/refunds": {
            "post": operation(
                "Give a payment back to its card, whole or in part.",
                "money",
                one,
                body=json_of({"amount": TEXT}),
                parameters=[_path("top_up"), KEY],
                status="202",
            )
        },
    }


def _cards() -> dict[str, Any]:
    asked = json_of({"payer": TEXT, "amount": TEXT})
    return {
        "/v1/checkouts": {
            "post": operation(
                "Open a page of Stripe's where a person pays; without an amount, leaves a card.",
                "money",
                json_of({"id": TEXT, "payer": TEXT, "url": TEXT}),
                body=asked,
                parameters=[KEY],
                status="201",
            )
        },
        "/v1/setups": {
            "post": operation(
                "Begin to keep a card, for a page of your own with Stripe's form.",
                "money",
                json_of({"id": TEXT, "payer": TEXT, "client_secret": TEXT}),
                body=json_of({"payer": TEXT}),
                parameters=[KEY],
                status="201",
            )
        },
        "/v1/payment-methods": {
            "get": operation(
                "Return the cards on file: Stripe's ids of them, and nothing else is known.",
                "read",
                json_of({"payment_methods": list_of({"type": "object"})}),
                parameters=[query("payer", "string")],
            )
        },
        "/v1/payment-methods/{method}": {
            "delete": operation(
                "Have a card forgotten, here and at Stripe.",
                "money",
                json_of({"id": TEXT, "gone": FLAG}),
                parameters=[_path("method")],
            )
        },
    }


def _rules() -> dict[str, Any]:
    texts = ("payer", "threshold", "amount", "currency", "method", "month_max", "low", "paused")
    rule = json_of(dict.fromkeys(texts, TEXT) | {"enabled": FLAG, "failures": {"type": "integer"}})
    return {
        "/v1/wallets/{payer}/auto-recharge": {
            "get": operation(
                "Return how a wallet is filled by itself.",
                "read",
                rule,
                parameters=[_path("payer")],
            ),
            "put": operation(
                "Set how a wallet is filled by itself; what was paused goes on.",
                "money",
                rule,
                body=rule,
                parameters=[_path("payer")],
            ),
        },
        "/v1/disputes": {
            "get": operation(
                "Return what card owners dispute, newest first.",
                "read",
                json_of({"disputes": list_of({"type": "object"})}),
                parameters=[query("limit", "integer")],
            )
        },
    }
