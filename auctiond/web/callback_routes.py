"""The routes of callbacks and suppressions, and what /v1 says of them as OpenAPI."""

from __future__ import annotations

from typing import Any

from quart import Response, request
from quart_trio import QuartTrio

from auctiond.web.callbacks import CallbacksApi
from auctiond.web.openapi_parts import json_of, list_of, operation, query

TEXT = {"type": "string"}
CALLBACK = {"name": "callback", "in": "path", "required": True, "schema": TEXT}
ONE = json_of({"id": TEXT, "state": TEXT, "reason": TEXT, "due_ms": {"type": "integer"}})


def add_callbacks(app: QuartTrio, api: CallbacksApi) -> None:
    """Add the routes."""

    @app.post("/v1/callbacks")
    async def ask_callback() -> Response:
        return await api.ask(request)

    @app.get("/v1/callbacks")
    async def list_callbacks() -> Response:
        return await api.list_callbacks(request)

    @app.get("/v1/callbacks/<callback>")
    async def get_callback(callback: str) -> Response:
        return await api.get(request, callback)

    @app.post("/v1/callbacks/<callback>/cancel")
    async def cancel_callback(callback: str) -> Response:
        return await api.cancel(request, callback)

    @app.get("/v1/suppressions")
    async def list_suppressions() -> Response:
        return await api.list_suppressions(request)

    @app.post("/v1/suppressions")
    async def suppress() -> Response:
        return await api.suppress(request)

    @app.post("/v1/suppressions/remove")
    async def unsuppress() -> Response:
        return await api.unsuppress(request)


def callback_paths() -> dict[str, Any]:
    """Return the paths."""
    pages = [query("limit", "integer"), query("before", "string"), query("state", "string")]
    some = json_of({"callbacks": list_of({"type": "object"})})
    lists = json_of({"lists": list_of({"type": "object"})})
    done = json_of({"list": TEXT, "added": {"type": "integer"}})
    gone = json_of({"list": TEXT, "removed": {"type": "integer"}})
    scope = "callbacks"
    return {
        "/v1/callbacks": {
            "post": operation("Ask for a callback; send an Idempotency-Key.", scope, ONE),
            "get": operation("Return the newest callbacks.", "read", some, parameters=pages),
        },
        "/v1/callbacks/{callback}": {
            "get": operation(
                "Return a callback, its attempts and what happened to it.",
                "read",
                ONE,
                parameters=[CALLBACK],
            )
        },
        "/v1/callbacks/{callback}/cancel": {
            "post": operation("Call off a callback that waits.", scope, ONE, parameters=[CALLBACK])
        },
        "/v1/suppressions": {
            "get": operation("Return the lists of whom we do not call.", "read", lists),
            "post": operation("Put numbers on a list.", scope, done),
        },
        "/v1/suppressions/remove": {
            "post": operation("Take numbers off a list.", scope, gone),
        },
    }
