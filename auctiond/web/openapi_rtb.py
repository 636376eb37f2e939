"""What /v1/rtb says of publishers' pings, as OpenAPI."""

from __future__ import annotations

from typing import Any

from auctiond.web.openapi_parts import json_of, list_of, operation, query

TEXT, OBJECTS = {"type": "string"}, list_of({"type": "object"})
BID = {"name": "bid", "in": "path", "required": True, "schema": TEXT}


def rtb_paths() -> dict[str, Any]:
    """Return the paths."""
    queries = [query("limit", "integer"), query("before", "string"), query("door", "string")]
    newest = "Return the newest pings of publishers, and what they were answered."
    one = "Return one, and why each target did or did not bid."
    found = json_of({"id": TEXT, "candidates": OBJECTS})
    return {
        "/v1/rtb/bids": {
            "get": operation(newest, "read", json_of({"bids": OBJECTS}), parameters=queries)
        },
        "/v1/rtb/bids/{bid}": {"get": operation(one, "read", found, parameters=[BID])},
    }
