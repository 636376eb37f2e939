"""The /v1 API as OpenAPI 3.1. A test holds it against the routes there are."""

from __future__ import annotations

from typing import Any

from auctiond.web.callback_routes import callback_paths
from auctiond.web.entries import entry_paths
from auctiond.web.flows import flow_paths
from auctiond.web.invoice_routes import invoice_paths
from auctiond.web.notices import notice_paths
from auctiond.web.openapi_networks import log_paths, network_paths
from auctiond.web.openapi_parts import CALL_ID, json_of, list_of, operation, query, with_keys
from auctiond.web.openapi_rtb import rtb_paths
from auctiond.web.payment_routes import payment_paths
from auctiond.web.payout_routes import payout_paths
from auctiond.web.recording_routes import recording_paths
from auctiond.web.return_routes import return_paths

KEY_ID = {"name": "key_id", "in": "path", "required": True, "schema": {"type": "string"}}
BUYER = {"name": "buyer", "in": "path", "required": True, "schema": {"type": "string"}}
TEXT = {"type": "string"}
MICROS = {"type": "integer", "description": "Millionths of a dollar."}


def openapi() -> dict[str, Any]:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "auctiond", "version": "1", "description": "Pay-per-call auctions."},
        "security": [{"key": []}],
        "paths": with_keys(
            _paths()
            | rtb_paths()
            | callback_paths()
            | notice_paths()
            | recording_paths()
            | payment_paths()
            | invoice_paths()
            | return_paths()
            | payout_paths()
            | entry_paths()
        ),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {"description": "What is wrong.", "content": _problem()}},
            "schemas": {"Call": _call(), "Candidate": _candidate()},
        },
    }


def _paths() -> dict[str, Any]:
    return (
        {
            "/v1/calls": {
                "get": operation(
                    "Return the newest calls.",
                    "read",
                    json_of({"calls": list_of({"$ref": "#/components/schemas/Call"})}),
                    parameters=[query("limit", "integer"), query("before", "string")],
                )
            },
            "/v1/calls/{call_id}": {
                "get": operation(
                    "Return a call, its timeline and a row for each candidate.",
                    "read",
                    {"application/json": {"schema": {"$ref": "#/components/schemas/Call"}}},
                    parameters=[CALL_ID],
                )
            },
            "/v1/status": {
                "get": operation(
                    "Return how many calls live, and how others ended since the start.",
                    "read",
                    json_of({"live": {"type": "integer"}, "ended": {"type": "object"}}),
                )
            },
        }
        | network_paths()
        | flow_paths()
        | log_paths()
        | _money()
        | _posts()
        | _targets()
        | _keys()
    )


def _money() -> dict[str, Any]:
    paid = ("amount", "currency")
    verdict = json_of({"verified": {"type": "boolean"}, "problems": list_of({"type": "string"})})
    return {
        "/v1/wallets": {
            "get": operation(
                "Return all wallets.", "read", json_of({"wallets": list_of(_wallet())})
            )
        },
        "/v1/wallets/{buyer}/top-ups": {
            "post": operation(
                "Put money into a wallet. The same `ref` twice is one payment.",
                "money",
                json_of(dict.fromkeys(("buyer", *paid), TEXT) | {"new": {"type": "boolean"}}),
                body=json_of(dict.fromkeys((*paid, "ref"), TEXT)),
                parameters=[BUYER],
                status="201",
            )
        },
        "/v1/reviews": {
            "get": operation(
                "Return what is held for calls whose talk time nobody knows.",
                "read",
                json_of({"reviews": list_of({"type": "object"})}),
            )
        },
        "/v1/calls/{call_id}/settle": {
            "post": operation(
                "Settle such a leg as a person decided: capture or release.",
                "money",
                json_of({"leg": {"type": "integer"}, "outcome": {"type": "string"}}),
                body=json_of({"leg": {"type": "integer"}, "outcome": {"type": "string"}}),
                parameters=[CALL_ID],
            )
        },
        "/v1/ledger/totals": {
            "get": operation("Return the ledger's totals.", "read", json_of({"entries": MICROS}))
        },
        "/v1/ledger/verify": {
            "post": operation(
                "Check the whole ledger: chains, sums, holds, seals.", "read", verdict
            )
        },
    }


def _posts() -> dict[str, Any]:
    finding = json_of({"leg": {"type": "integer"}, "outcome": {"type": "string"}})
    return {
        "/v1/posts": {
            "get": operation(
                "Return the posts of leads that nobody knows the end of, newest first.",
                "read",
                json_of({"posts": list_of({"type": "object"})}),
            )
        },
        "/v1/calls/{call_id}/posts": {
            "post": operation(
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
            "get": operation(
                "Return how the targets do that were pinged or paused since the start.",
                "read",
                json_of({"targets": list_of({"type": "object"})}),
            )
        },
        "/v1/targets/{name}/resume": {
            "post": operation(
                "Let a target that paused itself have calls again; or all of a buyer's.",
                "network",
                json_of({"resumed": list_of({"type": "string"})}),
                parameters=[name],
            )
        },
    }


def _keys() -> dict[str, Any]:
    text = {"type": "string"}
    order = {"name": text, "scopes": list_of(text), "environment": text}
    made = json_of({"id": text, "key": text, "name": text, "scopes": list_of(text)})
    return {
        "/v1/keys": {
            "get": operation(
                "Return all API keys, the revoked ones too; never the keys themselves.",
                "admin",
                json_of({"keys": list_of({"type": "object"})}),
            ),
            "post": operation(
                "Make an API key. It is in this answer, and nowhere else.",
                "admin",
                made,
                body=json_of(order),
                status="201",
            ),
        },
        "/v1/keys/{key_id}": {
            "delete": operation(
                "Revoke an API key, at once and for good.",
                "admin",
                json_of({"revoked": {"type": "boolean"}}),
                parameters=[KEY_ID],
            )
        },
    }


def _problem() -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in ("type", "title", "detail")}
    schema = {"type": "object", "properties": properties | {"status": {"type": "integer"}}}
    return {"application/problem+json": {"schema": schema}}


def _wallet() -> dict[str, Any]:
    amounts = ("balance", "held", "free")
    text = {name: {"type": "string"} for name in ("buyer", "currency", *amounts)}
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
            "disposition": text | {"description": 'How it ended; "live" until then.'},
            "legs": number,
            "buyer": {"type": ["string", "null"]},
            "target": {"type": ["string", "null"]},
            "price_micros": {"type": ["integer", "null"]},
            "talk_ms": number,
            "talks": list_of({"type": "object"}),
            "unpaid": text,
            "timeline": list_of({"type": "object"}),
            "candidates": list_of({"$ref": "#/components/schemas/Candidate"}),
            "posts": list_of({"type": "object"}),
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
            "lost_by_micros": {"type": ["integer", "null"]},
            "ms": {"type": ["number", "null"]},
            "late_ms": {"type": ["number", "null"]},
            "leg": {"type": ["integer", "null"]},
            "confirm": {"type": ["string", "null"]},
            "money": {"type": ["string", "null"]},
            "detail": text,
        },
    }
