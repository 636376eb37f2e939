"""Idempotency-Key: a POST that moves money is done once, however often it is sent.

The same key with the same request gets the first answer again; while the first is under way 409;
with another request 422. A request that was refused has done nothing, and frees its key. Who
does the work gets an id that stays the same over tries, and names what it does by that id: so
a try that was cut off (the client left, the server was killed) may be made again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from quart import Request, Response

from auctiond.pg.once import Begun, OnceKey, OnceStore
from auctiond.web.body import read_body
from auctiond.web.problems import JSON, Problem

HEADER = "Idempotency-Key"
KEY_CHARS_MAX = 255  # As others in the field have it. A UUID has 36.
# Another server's request that is older was cut off: none takes half as long.
STALE = timedelta(minutes=2)
KEEP = timedelta(days=7)  # Clients retry for hours; the rest is for who asks on Monday.
RUNNING = Problem(
    409, HEADER, f"{HEADER}: The first request with this key is under way. Ask again in a moment."
)

Work = Callable[[UUID], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Once:
    store: OnceStore
    now_ms: Callable[[], int]
    new_id: Callable[[], UUID]
    run: UUID  # Of this start of the server.
    working: set[OnceKey] = field(default_factory=set)  # What this server is at.

    async def answer(
        self, request: Request, api_key: str, work: Work, *, required: bool = True
    ) -> Response:
        """Return what `work` answers, or what it answered to the same request before."""
        text = request.headers.get(HEADER)
        if text is None and not required:
            return await work(self.new_id())
        key = OnceKey(api_key, _hash_of(text))
        asked = sha256(
            b"\n".join((request.method.encode(), request.path.encode(), await read_body(request)))
        ).digest()
        first = key not in self.working
        self.working.add(key)
        try:
            begun = await self._begin(key, asked, first)
            if begun.verdict == "done":
                return Response(begun.body, begun.status, {"Idempotent-Replayed": "true"}, JSON)
            if not first:  # It only overtook the first one on the way to the database.
                raise RUNNING
            return await self._do(key, begun, work)
        finally:
            if first:
                self.working.discard(key)

    async def _begin(self, key: OnceKey, asked: bytes, takes: bool) -> Begun:
        now = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        begun = await self.store.begin(key, asked, self.new_id(), self.run, now, now - STALE, takes)
        if begun.verdict == "other":
            detail = "This key came before with another request. Give each request its own key."
            raise Problem(422, HEADER, f"{HEADER}: {detail}")
        if begun.verdict == "running":
            raise RUNNING
        return begun

    async def _do(self, key: OnceKey, begun: Begun, work: Work) -> Response:
        assert begun.id is not None
        try:
            response = await work(begun.id)
        except Problem as problem:
            # A second try knows not what the first has done: then the key stays taken.
            if begun.verdict == "new" and problem.body["status"] != 503:
                await self.store.drop(key)
            raise
        body = await response.get_data(as_text=False)
        await self.store.end(key, response.status_code, bytes(body))
        return response


def _hash_of(text: str | None) -> bytes:
    key = (text or "").strip()
    if not 1 <= len(key) <= KEY_CHARS_MAX or not key.isascii() or not key.isprintable():
        expected = f"expected 1 to {KEY_CHARS_MAX} characters, another for every payment"
        raise Problem(400, HEADER, f"{HEADER}: {expected}, like a UUID.")
    return sha256(key.encode()).digest()
