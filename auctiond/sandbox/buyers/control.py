"""The sandbox buyers' control port: read the counts, reset them, change a buyer's law."""

from __future__ import annotations

from typing import Protocol

import orjson

from auctiond.sandbox.buyers.connection import Connection, Gone, Request
from auctiond.sandbox.buyers.laws import LAWS
from auctiond.sandbox.buyers.nonsense import http


class Controlled(Protocol):
    """What the port controls."""

    def statistics(self) -> list[dict[str, object]]: ...
    def posts(self) -> list[dict[str, object]]: ...
    def sent(self) -> list[tuple[int, str, int]]: ...
    def reset(self) -> None: ...
    def put_law(self, buyer: int, law: str) -> None: ...


class Refused(Exception):
    """The request cannot be done; the text says what would be right."""


class Control:
    """Serves the control port."""

    def __init__(self, controlled: Controlled) -> None:
        self._controlled = controlled

    async def serve(self, connection: Connection) -> None:
        """Answer one client's requests."""
        try:
            while (request := await connection.receive()) is not None:
                await connection.send(self._reply(request))
                if not connection.keeps:
                    return
        except Gone:
            return

    def _reply(self, request: Request) -> bytes:
        try:
            return http(orjson.dumps(self._do(request)))
        except Refused as refused:
            return http(orjson.dumps({"error": str(refused)}), status=b"400 Bad Request")

    def _do(self, request: Request) -> object:
        match request.method, request.url.strip(b"/").split(b"/"):
            case b"GET", [b"stats"]:
                return {"buyers": self._controlled.statistics()}
            case b"GET", [b"posts"]:
                return {"posts": self._controlled.posts()}
            case b"GET", [b"sent"]:
                return {"sent": self._controlled.sent()}
            case b"POST", [b"reset"]:
                self._controlled.reset()
                return {"ok": True}
            case b"PUT", [b"laws", buyer]:
                return self._put_law(buyer, request.body)
        gets = "GET /stats, GET /posts, GET /sent"
        raise Refused(f"use {gets}, POST /reset, PUT /laws/N with a law's name")

    def _put_law(self, buyer: bytes, body: bytes) -> object:
        law = body.decode("latin-1").strip().strip('"')
        if law not in LAWS:
            raise Refused(f"a law is one of {', '.join(LAWS)}")
        count = len(self._controlled.statistics())
        if not buyer.isdigit() or int(buyer) >= count:
            raise Refused(f"a buyer is 0 to {count - 1}")
        self._controlled.put_law(int(buyer), law)
        return {"buyer": int(buyer), "law": law}
