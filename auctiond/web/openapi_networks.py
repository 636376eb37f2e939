"""The network and its past in the API's document. Pure."""

from __future__ import annotations

from typing import Any

from auctiond.web.openapi_parts import CALL_ID, json_of, list_of, operation, query

VERSION = {"name": "version", "in": "path", "required": True, "schema": {"type": "integer"}}
TOML = {"application/toml": {"schema": {"type": "string"}}}
TEXT: dict[str, Any] = {"type": "string"}
APPLIED = json_of({"version": {"type": "integer"}, "changes": list_of(TEXT)})
STAGED = json_of({"stage": {"type": "integer"}, "changes": list_of(TEXT)})
NOTE = query("note", "string")


def network_paths() -> dict[str, Any]:
    """Return the paths of the network."""
    return _in_force() | _versions() | _stage()


def _in_force() -> dict[str, Any]:
    return {
        "/v1/network": {
            "get": operation(
                "Return the network; its version is the ETag.",
                "read",
                TOML,
                parameters=[query("version", "integer")],
            ),
            "put": operation(
                "Apply a network, whole or not at all. If-Match: the version it replaces.",
                "network",
                APPLIED,
                body=TOML,
                parameters=[NOTE],
            ),
        },
        "/v1/network/dry-run": {
            "post": operation(
                "Return what a network would have made of the last calls: `network` is a version "
                'or "staged"; without, it is the body.',
                "read",
                json_of({"before": {"type": "object"}, "after": {"type": "object"}}),
                body=TOML,
                parameters=[
                    query("network", "string"),
                    query("last", "integer"),
                    query("campaign", "string"),
                ],
            )
        },
    }


def _versions() -> dict[str, Any]:
    return {
        "/v1/network/versions": {
            "get": operation(
                "Return the newest versions of the network, without their text.",
                "read",
                json_of({"versions": list_of({"type": "object"})}),
                parameters=[query("limit", "integer")],
            )
        },
        "/v1/network/versions/{version}/rollback": {
            "post": operation(
                "Put a former version in force again, as a new one.",
                "network",
                APPLIED,
                body=json_of({"note": TEXT}),
                parameters=[VERSION],
            )
        },
        "/v1/network/diff": {
            "get": operation(
                'Return what changes between two networks: versions, or "staged".',
                "read",
                json_of({"changes": list_of(TEXT)}),
                parameters=[query("from", "string"), query("to", "string")],
            )
        },
        "/v1/network/acts": {
            "get": operation(
                "Return who did what to the network, newest first.",
                "read",
                json_of({"acts": list_of({"type": "object"})}),
                parameters=[query("limit", "integer")],
            )
        },
    }


def _stage() -> dict[str, Any]:
    return {
        "/v1/network/stage": {
            "get": operation("Return who staged what, why, and when it is due.", "read", STAGED)
        },
        "/v1/network/staged": {
            "get": operation("Return the network that is staged.", "read", TOML),
            "put": operation(
                "Stage a network: checked whole, kept, and not yet in force.",
                "network",
                STAGED,
                body=TOML,
                parameters=[NOTE],
            ),
            "delete": operation(
                "Take back what is staged.", "network", json_of({"dropped": {"type": "integer"}})
            ),
        },
        "/v1/network/staged/apply": {
            "post": operation(
                "Put what is staged in force, now or `at` a time.",
                "network",
                APPLIED,
                body=json_of({"at": TEXT, "note": TEXT}),
            )
        },
    }


def log_paths() -> dict[str, Any]:
    """Return the paths of calls' logs."""
    log = {"type": "object", "properties": {"id": TEXT, "rows": list_of({})}}
    page = [query("limit", "integer"), query("before", "string"), query("campaign", "string")]
    return {
        "/v1/call-logs": {
            "get": operation(
                "Return the newest calls with all rows of their logs, for replays.",
                "read",
                json_of({"calls": list_of(log), "next": {"type": ["string", "null"]}}),
                parameters=page,
            )
        },
        "/v1/call-logs/{call_id}": {
            "get": operation(
                "Return a call with all rows of its log.",
                "read",
                {"application/json": {"schema": log}},
                parameters=[CALL_ID],
            )
        },
    }
