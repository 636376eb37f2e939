"""What /v1/rtb says of publishers' pings, as OpenAPI."""

from __future__ import annotations

from typing import Any

TEXT, OBJECTS = {"type": "string"}, {"type": "array", "items": {"type": "object"}}
BID = {"name": "bid", "in": "path", "required": True, "schema": TEXT}


def rtb_paths() -> dict[str, Any]:
    """Return the paths."""
    queries = [_query("limit", "integer"), _query("before", "string"), _query("door", "string")]
    newest = "Return the newest pings of publishers, and what they were answered."
    one = "Return one, and why each target did or did not bid."
    return {
        "/v1/rtb/bids": {"get": _get(newest, {"bids": OBJECTS}, queries)},
        "/v1/rtb/bids/{bid}": {"get": _get(one, {"id": TEXT, "candidates": OBJECTS}, [BID])},
    }


def _get(
    summary: str, properties: dict[str, Any], parameters: list[dict[str, Any]]
) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    return {
        "summary": summary,
        "description": "Needs a key with the scope `read`.",
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": schema}}},
            "4XX": {"$ref": "#/components/responses/Problem"},
        },
    }


def _query(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": kind}}
