"""Notices over the API: what was told to whom, and what became of it. Never an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from quart import Request, Response, request
from quart_trio import QuartTrio

from auctiond.networks.network_book import NetworkBook
from auctiond.notices.notices import Notices
from auctiond.pg.notices import Listed, NoticeBook
from auctiond.web.ask import PAGE_MAX, is_whole, number_in
from auctiond.web.auth import Gate
from auctiond.web.openapi_parts import json_of, list_of, operation, query
from auctiond.web.problems import Problem, json_response

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


@dataclass(frozen=True, slots=True)
class NoticesApi:
    gate: Gate
    book: NoticeBook
    networks: NetworkBook
    notices: Notices
    now_ms: Callable[[], int]

    async def list_notices(self, request: Request) -> Response:
        """Return the newest notices, newest first; `before` pages on from a number."""
        await self._allow(request, "read")
        limit = number_in(request, "limit", 50, PAGE_MAX)
        before = request.args.get("before")
        if before is not None and not is_whole(before):
            raise Problem(400, "before", "before: expected the `no` of a notice.")
        found = await self.book.recent(limit, int(before) if before else None, _party(request))
        return json_response({"notices": [_line(one) for one in found]})

    async def test(self, request: Request) -> Response:
        """Tell the operator a test, by all channels."""
        key = await self._allow(request, "admin")
        event = f"{key}:{self.now_ms()}"
        await self.notices.tell("notice.test", "", {}, event)
        return json_response({"queued": True}, 202)

    async def resend(self, request: Request, notice: str) -> Response:
        """Send a notice again by the channels it did not reach."""
        await self._allow(request, "admin")
        try:
            id_ = UUID(notice)
        except ValueError:
            raise Problem(400, "notice", f"{notice[:40]!r} is no id of a notice.") from None
        count = await self.book.resend(id_, datetime.fromtimestamp(self.now_ms() / 1000, UTC))
        if not count:
            raise Problem(409, "not sent again", "There is no such notice, or it arrived.")
        self.notices.wake()
        return json_response({"channels": count}, 202)

    async def resume(self, request: Request, webhook: str) -> Response:
        """Send to a webhook again that had answered 410."""
        await self._allow(request, "admin")
        if not await self.book.resume(webhook):
            raise Problem(404, "no such webhook", "No webhook of this id has answered 410.")
        return json_response({"resumed": webhook})

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


def _party(request: Request) -> str | None:
    return request.args.get("party")


def _line(one: Listed) -> dict[str, Any]:
    notice = one.notice
    return {
        "id": str(notice.id),
        "no": notice.no,
        "kind": notice.kind,
        "party": notice.party,
        "data": notice.data,
        "at_ms": round(notice.at.timestamp() * 1000),
        "channels": one.channels,
    }


def add_notices(app: QuartTrio, api: NoticesApi) -> None:
    """Add the routes."""

    @app.get("/v1/notices")
    async def list_notices() -> Response:
        return await api.list_notices(request)

    @app.post("/v1/notices/test")
    async def test_notice() -> Response:
        return await api.test(request)

    @app.post("/v1/notices/<notice>/resend")
    async def resend_notice(notice: str) -> Response:
        return await api.resend(request, notice)

    @app.post("/v1/webhooks/<webhook>/resume")
    async def resume_webhook(webhook: str) -> Response:
        return await api.resume(request, webhook)


def notice_paths() -> dict[str, Any]:
    """Return the paths as OpenAPI."""

    def named(name: str) -> list[dict[str, Any]]:
        return [{"name": name, "in": "path", "required": True, "schema": TEXT}]

    pages = [query("limit", "integer"), query("before", "integer"), query("party", "string")]
    found = json_of({"notices": list_of({"type": "object"})})
    queued, count = json_of({"queued": {"type": "boolean"}}), json_of({"channels": NUMBER})
    again = "Send a notice again by the channels it did not reach."
    resumed = "Send to a webhook again that had answered 410."
    return {
        "/v1/notices": {
            "get": operation("Return the newest notices.", "read", found, parameters=pages)
        },
        "/v1/notices/test": {
            "post": operation("Tell the operator a test.", "admin", queued, status="202")
        },
        "/v1/notices/{notice}/resend": {
            "post": operation(again, "admin", count, parameters=named("notice"), status="202")
        },
        "/v1/webhooks/{webhook}/resume": {
            "post": operation(
                resumed, "admin", json_of({"resumed": TEXT}), parameters=named("webhook")
            )
        },
    }
