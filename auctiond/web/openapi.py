"""The /v1 API as OpenAPI 3.1. A test holds it against the routes there are."""

from __future__ import annotations

from typing import Any

PROBLEM = {"$ref": "#/components/responses/Problem"}
CALL_ID = {"name": "call_id", "in": "path", "required": True, "schema": {"type": "string"}}
KEY_ID = {"name": "key_id", "in": "path", "required": True, "schema": {"type": "string"}}
BUYER = {"name": "buyer", "in": "path", "required": True, "schema": {"type": "string"}}
MICROS = {"type": "integer", "description": "Millionths of a dollar."}


def openapi() -> dict[str, Any]:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "auctiond", "version": "1", "description": "Pay-per-call auctions."},
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {"description": "What is wrong.", "content": _problem()}},
            "schemas": {"Call": _call(), "Candidate": _candidate()},
        },
    }


def _paths() -> dict[str, Any]:
    return (
        {
            "/v1/network": _network(),
            "/v1/network/versions": {
                "get": _operation(
                    "Return the newest versions of the network, without their text.",
                    "read",
                    _json({"versions": _list({"type": "object"})}),
                    parameters=[_query("limit", "integer")],
                )
            },
            "/v1/calls": {
                "get": _operation(
                    "Return the newest calls.",
                    "read",
                    _json({"calls": _list({"$ref": "#/components/schemas/Call"})}),
                    parameters=[_query("limit", "integer"), _query("before", "string")],
                )
            },
            "/v1/calls/{call_id}": {
                "get": _operation(
                    "Return a call, its timeline and a row for each candidate.",
                    "read",
                    {"application/json": {"schema": {"$ref": "#/components/schemas/Call"}}},
                    parameters=[CALL_ID],
                )
            },
            "/v1/status": {
                "get": _operation(
                    "Return how many calls live, and how others ended since the start.",
                    "read",
                    _json({"live": {"type": "integer"}, "ended": {"type": "object"}}),
                )
            },
        }
        | _money()
        | _posts()
        | _targets()
        | _keys()
    )


def _network() -> dict[str, Any]:
    toml = {"application/toml": {"schema": {"type": "string"}}}
    applied = _json({"version": {"type": "integer"}, "changes": _list({"type": "string"})})
    return {
        "get": _operation(
            "Return the network; its version is the ETag.",
            "read",
            toml,
            parameters=[_query("version", "integer")],
        ),
        "put": _operation(
            "Apply a network, whole or not at all. If-Match: the version it replaces.",
            "network",
            applied,
            body=toml,
        ),
    }


def _money() -> dict[str, Any]:
    verdict = _json({"verified": {"type": "boolean"}, "problems": _list({"type": "string"})})
    return {
        "/v1/wallets": {
            "get": _operation("Return all wallets.", "read", _json({"wallets": _list(_wallet())}))
        },
        "/v1/wallets/{buyer}/top-ups": {
            "post": _operation(
                "Put money into a wallet. The same `ref` twice is one payment.",
                "money",
                _json({"new": {"type": "boolean"}}),
                body=_json({"amount": {"type": "string"}, "ref": {"type": "string"}}),
                parameters=[BUYER],
                status="201",
            )
        },
        "/v1/reviews": {
            "get": _operation(
                "Return what is held for calls whose talk time nobody knows.",
                "read",
                _json({"reviews": _list({"type": "object"})}),
            )
        },
        "/v1/calls/{call_id}/settle": {
            "post": _operation(
                "Settle such a leg as a person decided: capture or release.",
                "money",
                _json({"leg": {"type": "integer"}, "outcome": {"type": "string"}}),
                body=_json({"leg": {"type": "integer"}, "outcome": {"type": "string"}}),
                parameters=[CALL_ID],
            )
        },
        "/v1/ledger/totals": {
            "get": _operation("Return the ledger's totals.", "read", _json({"entries": MICROS}))
        },
        "/v1/ledger/verify": {
            "post": _operation(
                "Check the whole ledger: chains, sums, holds, seals.", "read", verdict
            )
        },
    }


def _posts() -> dict[str, Any]:
    finding = _json({"leg": {"type": "integer"}, "outcome": {"type": "string"}})
    return {
        "/v1/posts": {
            "get": _operation(
                "Return the posts of leads that nobody knows the end of, newest first.",
                "read",
                _json({"posts": _list({"type": "object"})}),
            )
        },
        "/v1/calls/{call_id}/posts": {
            "post": _operation(
                "Take down what a person found out about such a post: accepted or refused.",
                "money",
                finding,
                body=finding,
                parameters=[CALL_ID],
            )
        },
    }


def _targets() -> dict[str, Any]:
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/v1/targets": {
            "get": _operation(
                "Return how the targets do that were pinged or paused since the start.",
                "read",
                _json({"targets": _list({"type": "object"})}),
            )
        },
        "/v1/targets/{name}/resume": {
            "post": _operation(
                "Let a target that paused itself have calls again; or all of a buyer's.",
                "network",
                _json({"resumed": _list({"type": "string"})}),
                parameters=[name],
            )
        },
    }


def _keys() -> dict[str, Any]:
    text = {"type": "string"}
    order = {"name": text, "scopes": _list(text), "environment": text}
    made = _json({"id": text, "key": text, "name": text, "scopes": _list(text)})
    return {
        "/v1/keys": {
            "get": _operation(
                "Return all API keys, the revoked ones too; never the keys themselves.",
                "admin",
                _json({"keys": _list({"type": "object"})}),
            ),
            "post": _operation(
                "Make an API key. It is in this answer, and nowhere else.",
                "admin",
                made,
                body=_json(order),
                status="201",
            ),
        },
        "/v1/keys/{key_id}": {
            "delete": _operation(
                "Revoke an API key, at once and for good.",
                "admin",
                _json({"revoked": {"type": "boolean"}}),
                parameters=[KEY_ID],
            )
        },
    }


def _operation(
    summary: str,
    scope: str,
    content: dict[str, Any],
    *,
    body: dict[str, Any] | None = None,
    parameters: list[dict[str, Any]] | None = None,
    status: str = "200",
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": summary,
        "description": f"Needs a key with the scope `{scope}`.",
        "responses": {
            status: {"description": "Done.", "content": content},
            "4XX": PROBLEM,
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _json(properties: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": {"type": "object", "properties": properties}}}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _query(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": kind}}


def _problem() -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in ("type", "title", "detail")}
    schema = {"type": "object", "properties": properties | {"status": {"type": "integer"}}}
    return {"application/problem+json": {"schema": schema}}


def _wallet() -> dict[str, Any]:
    amounts = ("balance", "held", "free")
    text = {name: {"type": "string"} for name in ("buyer", *amounts)}
    return {"type": "object", "properties": text | {f"{name}_micros": MICROS for name in amounts}}


def _call() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer"}
    return {
        "type": "object",
        "properties": {
            "id": text,
            "arrived_ms": number,
            "tracking_number": text,
            "campaign": text,
            "publisher": text,
            "network": number,
            "state": text,
            "disposition": text,
            "legs": number,
            "buyer": {"type": ["string", "null"]},
            "target": {"type": ["string", "null"]},
            "price_micros": {"type": ["integer", "null"]},
            "talk_ms": number,
            "talks": _list({"type": "object"}),
            "unpaid": text,
            "timeline": _list({"type": "object"}),
            "candidates": _list({"$ref": "#/components/schemas/Candidate"}),
            "posts": _list({"type": "object"}),
        },
    }


def _candidate() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "tier": {"type": "integer"},
            "target": text,
            "rank": {"type": ["integer", "null"]},
            "stage": text,
            "reason": text,
            "who": text,
            "text": text,
            "price_micros": {"type": ["integer", "null"]},
            "effective_micros": {"type": ["integer", "null"]},
            "agreed_micros": {"type": ["integer", "null"]},
            "ms": {"type": ["number", "null"]},
            "detail": text,
        },
    }
