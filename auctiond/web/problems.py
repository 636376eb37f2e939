"""Errors of the API as application/problem+json (RFC 9457). Pure."""

from __future__ import annotations

from typing import Any

import orjson
from quart import Response

JSON = "application/json"


class Problem(Exception):
    """An answer that is no success. Raised by handlers; `title` is short, `detail` helps."""

    def __init__(self, status: int, title: str, detail: str = "", **more: object) -> None:
        super().__init__(title)
        self.status = status
        self.body = {"type": "about:blank", "status": status, "title": title} | more
        if detail:
            self.body["detail"] = detail


def problem_response(problem: Problem) -> Response:
    """Return `problem` as a response."""
    return Response(orjson.dumps(problem.body), problem.status, None, "application/problem+json")


def json_response(value: Any, status: int = 200) -> Response:  # noqa: ANN401  JSON is anything.
    """Return `value` as a JSON response."""
    return Response(orjson.dumps(value, default=str), status, None, JSON)
