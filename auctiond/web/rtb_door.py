"""The door for publishers' pings: a bare ASGI application, beside Quart in the same server.

    GET|POST /rtb/{production|test}/{door}.{json|xml}     Ringba's answers
    GET|POST /rtb/{production|test}/{door}                our own JSON

A publisher pings a hundred times for every call, so nothing stands between the socket and the
desk. Nothing that was sent is ever in an answer, a log or an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import trio

from auctiond.rtb.answers import TYPES, Answer, Style, write
from auctiond.rtb.desk import BidDesk
from auctiond.rtb.fields import BadPing, read_fields
from auctiond.web.bare import CutOff, Receive, Scope, Send, TooLong, answer, has_body, read_all
from market.rtb import RtbDoor

NO_STORE = (b"cache-control", b"no-store")
PATH = re.compile(r"/rtb/(production|test)/([a-z0-9][a-z0-9_-]{0,63})(?:\.(json|xml))?", re.ASCII)
BODY_MAX = 64 * 1024  # Bytes. A ping has some hundred.


@dataclass(frozen=True, slots=True)
class RtbApp:
    desk: BidDesk
    is_open: Callable[[], bool]  # False until the promises of the last run are back.
    new_id: Callable[[], UUID]
    now_ms: Callable[[], int]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = trio.current_time()  # All deadlines count from here.
        found = PATH.fullmatch(scope["path"])
        door = self.desk.door(found[2]) if found else None
        if found is None or door is None:
            await answer(send, 404, b'{"title":"no such door"}', "application/json", NO_STORE)
            return
        if scope["method"] not in ("GET", "POST"):
            await answer(send, 405, b'{"title":"GET or POST"}', "application/json", NO_STORE)
            return
        style: Style = "xml" if found[3] == "xml" else "json" if found[3] else "plain"
        status, told = await self._ask(door, scope, receive, start, test=found[1] == "test")
        await answer(send, status, write(told, style), TYPES[style], NO_STORE)

    async def _ask(
        self, door: RtbDoor, scope: Scope, receive: Receive, start: float, *, test: bool
    ) -> tuple[int, Answer]:
        if not self.is_open():
            return 503, self._no("not_ready")
        try:
            body = b""
            if has_body(scope):
                with trio.fail_at(start + door.deadline_ms / 1000):
                    body = await read_all(receive, BODY_MAX)
            fields = read_fields(scope["query_string"], body)
        except (TooLong, CutOff):
            return 413, self._no("malformed", f"body: at most {BODY_MAX} bytes")
        except trio.TooSlowError:
            return 408, self._no("too_late")
        except BadPing as error:
            return 400, self._no("malformed", str(error))
        fields |= {f"header {name}": value for name, value in _named(scope)}
        return 200, await self.desk.ask(door, fields, start, test=test)

    def _no(self, reason: str, detail: str = "") -> Answer:
        return Answer(self.new_id(), self.now_ms(), reason=reason, detail=detail)


def _named(scope: Scope) -> list[tuple[str, str]]:
    """Return the header by which a ping of our own is known when it comes back."""
    return [
        ("x-auction-id", value.decode("ascii", "replace")[:200])
        for name, value in scope["headers"]
        if name == b"x-auction-id"
    ]
