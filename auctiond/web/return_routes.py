"""The routes of returns, voids, adjustments and notes, and what /v1 says of them as OpenAPI."""

from __future__ import annotations

from typing import Any

from quart import Response, request
from quart_trio import QuartTrio

from auctiond.web.openapi_parts import CALL_ID, KEY, json_of, list_of, operation, query
from auctiond.web.returns import ReturnsApi

TEXT, FLAG = {"type": "string"}, {"type": "boolean"}
AMOUNT = {"type": "string", "description": "Decimal, in the currency beside it."}
RETURN_ID = {"name": "return_id", "in": "path", "required": True, "schema": TEXT}
ENTRY = {"name": "entry", "in": "path", "required": True, "schema": TEXT}
ONE = json_of(
    {"id": TEXT, "call": TEXT, "buyer": TEXT, "state": TEXT, "reason": TEXT, "currency": TEXT}
    | dict.fromkeys(("charged", "asked", "back", "from_publisher"), AMOUNT)
)
DECISION = json_of({"amount": AMOUNT, "reason": TEXT, "note": TEXT, "keep_payout": FLAG})


def add_returns(app: QuartTrio, api: ReturnsApi) -> None:
    """Add the routes."""

    @app.get("/v1/returns")
    async def list_returns() -> Response:
        return await api.list_returns(request)

    @app.post("/v1/returns")
    async def ask_return() -> Response:
        return await api.ask(request)

    @app.get("/v1/returns/<return_id>")
    async def get_return(return_id: str) -> Response:
        return await api.get_return(request, return_id)

    @app.post("/v1/returns/<return_id>/approve")
    async def approve_return(return_id: str) -> Response:
        return await api.approve(request, return_id)

    @app.post("/v1/returns/<return_id>/reject")
    async def reject_return(return_id: str) -> Response:
        return await api.reject(request, return_id)

    @app.post("/v1/returns/<return_id>/undo")
    async def undo_return(return_id: str) -> Response:
        return await api.undo(request, return_id)

    @app.post("/v1/calls/<call_id>/void")
    async def void_call(call_id: str) -> Response:
        return await api.void(request, call_id)

    @app.post("/v1/ledger/adjustments")
    async def adjust() -> Response:
        return await api.adjust(request)

    @app.get("/v1/ledger/entries/<entry>/notes")
    async def entry_notes(entry: str) -> Response:
        return await api.notes(request, entry)

    @app.post("/v1/ledger/entries/<entry>/notes")
    async def annotate(entry: str) -> Response:
        return await api.annotate(request, entry)


def return_paths() -> dict[str, Any]:
    """Return the paths."""
    pages = [query(name, "string") for name in ("state", "buyer")]
    pages += [query(name, "integer") for name in ("limit", "before")]
    wish = json_of({"call": TEXT, "reason": TEXT, "amount": AMOUNT, "note": TEXT, "late": FLAG})

    def decide(text: str) -> dict[str, Any]:
        return {"post": operation(text, "money", ONE, body=DECISION, parameters=[RETURN_ID])}

    some = json_of({"returns": list_of({"type": "object"})})
    ask = "Ask for a sale's money back; a rule of the terms may decide at once."
    return {
        "/v1/returns": {
            "get": operation("Return the newest returns.", "read", some, parameters=pages),
            "post": operation(ask, "money", ONE, body=wish, status="201"),
        },
        "/v1/returns/{return_id}": {
            "get": operation(
                "Return one, all acts and notes.", "money", ONE, parameters=[RETURN_ID]
            )
        },
        "/v1/returns/{return_id}/approve": decide("Give the money back, whole or in part."),
        "/v1/returns/{return_id}/reject": decide("Give nothing back."),
        "/v1/returns/{return_id}/undo": decide("Charge again what was given back."),
    } | _by_hand()


def _by_hand() -> dict[str, Any]:
    moved = json_of(
        dict.fromkeys(("from", "to", "currency", "reason", "note"), TEXT) | {"amount": AMOUNT}
    )
    note, notes = json_of({"note": TEXT}), json_of({"notes": list_of({"type": "object"})})
    void = "Take a sale back whole, at once and whatever the terms say."
    annotate = "Add a note to an entry, which itself never changes."
    made = json_of({"id": TEXT, "amount": AMOUNT, "currency": TEXT})
    return {
        "/v1/calls/{call_id}/void": {
            "post": operation(
                void,
                "money",
                ONE,
                body=json_of({"reason": TEXT, "note": TEXT}),
                parameters=[CALL_ID],
                status="201",
            )
        },
        "/v1/ledger/adjustments": {
            "post": operation(
                "Move money between two accounts, with a reason.",
                "money",
                made,
                body=moved,
                parameters=[KEY],
                status="201",
            )
        },
        "/v1/ledger/entries/{entry}/notes": {
            "get": operation("Return the notes of an entry.", "money", notes, parameters=[ENTRY]),
            "post": operation(
                annotate,
                "money",
                json_of({"id": TEXT}),
                body=note,
                parameters=[ENTRY],
                status="201",
            ),
        },
    }
