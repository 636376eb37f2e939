"""What the API's document is made of. Pure."""

from __future__ import annotations

from typing import Any

PROBLEM = {"$ref": "#/components/responses/Problem"}
ONCE = "Idempotency-Key"
KEY = {
    "name": ONCE,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "maxLength": 255},
}
KEYLESS = ("/v1/calls/{call_id}/posts",)  # It moves no money, and is taken down once.
CALL_ID = {"name": "call_id", "in": "path", "required": True, "schema": {"type": "string"}}


def operation(
    summary: str,
    scope: str,
    content: dict[str, Any],
    *,
    body: dict[str, Any] | None = None,
    parameters: list[dict[str, Any]] | None = None,
    status: str = "200",
) -> dict[str, Any]:
    """Return an operation: what it does, what it needs, what it takes and what it answers."""
    found: dict[str, Any] = {
        "summary": summary,
        "x-scope": scope,
        "description": f"Needs a key with the scope `{scope}`.",
        "responses": {
            status: {"description": "Done.", "content": content},
            "4XX": PROBLEM,
        },
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    if parameters:
        found["parameters"] = parameters
    return found


def json_of(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the content that is an object with these properties."""
    return {"application/json": {"schema": {"type": "object", "properties": properties}}}


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def query(name: str, kind: str) -> dict[str, Any]:
    """Return a parameter of the query, which may be left out."""
    return {"name": name, "in": "query", "required": False, "schema": {"type": kind}}


def with_keys(paths: dict[str, Any]) -> dict[str, Any]:
    """Return the paths, with the key that every POST about money takes, and some must have."""
    for path, item in paths.items():
        post = item.get("post")
        if post is not None and post["x-scope"] == "money" and path not in KEYLESS:
            told = post.setdefault("parameters", [])
            if all(each["name"] != ONCE for each in told):
                post["parameters"] = [*told, KEY | {"required": False}]
    return paths
