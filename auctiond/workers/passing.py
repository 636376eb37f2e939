"""Requests that belong to another worker are passed on to it, whole, and its answer is given.

The foreman answers the API: what it knows and locks is there once. A campaign's doors for
publishers belong to one worker for good: promises, leased numbers and rates are in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import trio

from auctiond.workers.fleet import Fleet
from auctiond.workers.link import PeerAway
from auctiond.workers.peer_door import Answer
from auctiond.workers.scope import (
    BODY_S,
    App,
    Receive,
    Scope,
    Send,
    TooLong,
    read_body,
    read_scope,
    send_answer,
    write_scope,
)

ANSWER_S = 60.0  # The API's longest work is a check of the whole ledger.
WAIT_S = 5.0  # For a worker that is just starting: it is there again within a second or two.
# Any worker sees to these itself. A recording is too long to be passed on.
OWN = ("/hooks/", "/media/", "/recordings/", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Passing:
    """An ASGI application in front of `app`. `rtb_slot` says who keeps a publisher's door."""

    app: App
    fleet: Fleet
    rtb_slot: Callable[[str], int]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have it answered."""
        path = scope["path"] if scope["type"] == "http" else ""
        if self.fleet.is_alone or not path or path.startswith(OWN):
            return await self.app(scope, receive, send)
        if path.startswith("/rtb/"):
            slot: int | None = self.rtb_slot(path)
        else:
            slot = await self._foreman()
        if slot == self.fleet.seat.slot:
            return await self.app(scope, receive, send)
        await self._pass_on(slot, scope, receive, send)

    async def hear(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        """Answer a request that another worker has passed on."""
        taken = _Taken(body)
        with trio.move_on_after(ANSWER_S):
            await self.app(read_scope(meta), taken.receive, taken.send)
        return Answer([taken.status, taken.headers], bytes(taken.body))

    async def _foreman(self) -> int | None:
        with trio.move_on_after(WAIT_S):
            while self.fleet.foreman is None:
                await self.fleet.changed.wait()
        return self.fleet.foreman

    async def _pass_on(self, slot: int | None, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with trio.fail_after(BODY_S):
                body = await read_body(receive)
        except TooLong:
            return await _problem(send, 413, "too large")
        except trio.TooSlowError:
            return await _problem(send, 408, "the body did not come in time")
        try:
            with trio.fail_after(ANSWER_S):
                if slot is None:
                    raise PeerAway
                answer = await self.fleet.ask(slot, "http", write_scope(scope), body)
            status, headers = answer.meta
        except (PeerAway, trio.TooSlowError, ValueError):
            return await _problem(send, 503, "the worker that answers this is starting; try again")
        named = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send_answer(send, status, named, answer.body)


class _Taken:
    """One request that was passed on, and what was answered."""

    def __init__(self, body: bytes) -> None:
        self.status = 503
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self._asked: bytes | None = body

    async def receive(self) -> Mapping[str, Any]:
        """Give the body, once; then nothing comes any more."""
        if self._asked is None:
            await trio.sleep_forever()
        body, self._asked = self._asked, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Mapping[str, Any]) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
            ]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def _problem(send: Send, status: int, title: str) -> None:
    body = orjson.dumps({"type": "about:blank", "status": status, "title": title})
    await send_answer(send, status, [(b"content-type", b"application/problem+json")], body)
