"""The door for webhooks of carriers, and of the processor: a bare ASGI application, beside Quart.

    POST /hooks/{carrier}, /hooks/stripe

A call has a dozen webhooks, and a route of Quart's costs more than all that one of them leads to.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson
import trio

from auctiond.web.bare import CutOff, Receive, Scope, Send, TooLong, answer, read_soon
from auctiond.web.hooks import Hooks
from auctiond.workers.dispatch import Verdict

PATH = re.compile(r"/hooks/([a-z0-9_-]{1,64})", re.ASCII)
BODY_MAX = 1024 * 1024  # A webhook has a few kilobytes; one with a transcript may have more.
BODY_S = 10.0  # A body that takes longer holds a connection for nothing.
PROBLEM = "application/problem+json"
Other = Callable[[bytes, Mapping[str, str]], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class HookApp:
    hooks: Hooks
    others: Mapping[str, Other] = field(default_factory=dict)  # Of no carrier, by name.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            verdict = await self._verdict(scope, receive)
        except CutOff:
            return  # Nobody is there to be answered.
        if verdict.status == 200:
            await answer(send, 200, verdict.body, verdict.content_type)
        else:
            await answer(send, verdict.status, problem(verdict), PROBLEM)

    async def _verdict(self, scope: Scope, receive: Receive) -> Verdict:
        found = PATH.fullmatch(scope["path"])
        if found is None:
            return Verdict(404, "Not Found")
        if scope["method"] != "POST":
            return Verdict(405, "Method Not Allowed")
        try:
            body = await read_soon(scope, receive, BODY_MAX, BODY_S)
        except TooLong:
            return Verdict(413, "Request Entity Too Large", f"body: at most {BODY_MAX} bytes")
        except trio.TooSlowError:
            return Verdict(408, "Request Timeout", f"body: it took over {BODY_S:g} seconds")
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        query = scope["query_string"].decode("ascii", "replace")
        if (other := self.others.get(found[1])) is not None:
            return await other(body, headers)
        return await self.hooks.receive(found[1], body, headers, query)


def raw_problem(verdict: Verdict) -> bytes:
    """Return a whole answer of HTTP/1.1 that says what is wrong, for who has no application."""
    body = problem(verdict)
    start = f"HTTP/1.1 {verdict.status} {HTTPStatus(verdict.status).phrase}\r\n"
    head = f"content-length: {len(body)}\r\ncontent-type: {PROBLEM}\r\n\r\n"
    return start.encode() + head.encode() + body


def problem(verdict: Verdict) -> bytes:
    """Return what is wrong, as RFC 9457 has it."""
    body = {"type": "about:blank", "status": verdict.status, "title": verdict.title}
    return orjson.dumps(body | ({"detail": verdict.detail} if verdict.detail else {}))
