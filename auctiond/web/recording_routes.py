"""The routes of recordings, and what /v1 says of them as OpenAPI."""

from __future__ import annotations

from typing import Any

from quart import Response, request
from quart_trio import QuartTrio

from auctiond.web.openapi_parts import json_of, list_of, operation, query
from auctiond.web.recordings import SCOPE, RecordingsApi

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
RECORDING = {"name": "recording", "in": "path", "required": True, "schema": TEXT}
ONE = json_of({"id": TEXT, "call": TEXT, "state": TEXT, "duration_ms": NUMBER, "why": TEXT})


def add_recordings(app: QuartTrio, api: RecordingsApi) -> None:
    """Add the routes."""

    @app.get("/v1/recordings")
    async def list_recordings() -> Response:
        return await api.list_recordings(request)

    @app.get("/v1/recordings/<recording>")
    async def get_recording(recording: str) -> Response:
        return await api.get(request, recording)

    @app.delete("/v1/recordings/<recording>")
    async def delete_recording(recording: str) -> Response:
        return await api.delete(request, recording)

    @app.post("/v1/recordings/<recording>/links")
    async def link_recording(recording: str) -> Response:
        return await api.link(request, recording)

    @app.get("/recordings/<token>")
    async def listen(token: str) -> Response:
        if request.method == "HEAD":  # Who only asks has not listened, and nothing is opened.
            return Response("", 405, {"Allow": "GET"})
        return await api.listen(token)


def recording_paths() -> dict[str, Any]:
    """Return the paths."""
    pages = [query("limit", "integer"), *(query(one, "string") for one in ("before", "call"))]
    pages.append(query("state", "string"))
    some = json_of({"recordings": list_of({"type": "object"})})
    link = json_of({"url": TEXT, "link": TEXT, "expires_ms": NUMBER})
    return {
        "/v1/recordings": {
            "get": operation("Return the newest recordings.", "read", some, parameters=pages)
        },
        "/v1/recordings/{recording}": {
            "get": operation(
                "Return a recording, who made links to it and who listened.",
                "read",
                ONE,
                parameters=[RECORDING],
            ),
            "delete": operation(
                "Delete a recording, at once and for good.", SCOPE, ONE, parameters=[RECORDING]
            ),
        },
        "/v1/recordings/{recording}/links": {
            "post": operation(
                "Make a link to listen, which expires; each use of it is on record.",
                SCOPE,
                link,
                body=json_of({"minutes": NUMBER}),
                parameters=[RECORDING],
                status="201",
            )
        },
    }
