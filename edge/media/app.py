"""The switch's HTTP: Call Control v2 for the server, and recordings behind their own addresses.

POST   /v2/calls                        ring somebody, alone or for the leg that link_to names
POST   /v2/calls/REF/actions/VERB       a command; Authorization: Bearer KEY
GET    /v2/calls/REF                    how a leg is
GET    /recordings/NAME?until=&token=   a recording, for ten minutes
GET    /healthz                         how many legs live, how many webhooks wait
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from edge.media.fields import Refused
from edge.media.leg import REPLIES_MAX, Leg, Reply, status
from edge.media.switch import Switch
from edge.media.verbs import command, dial

BODY_MAX = 64 * 1024  # Bytes. A command is some hundred.
GONE = "90018"  # Telnyx' code for a command that lost a race.
OK: Reply = (200, {"data": {"result": "ok"}})

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def failed(http_status: int, code: str, title: str) -> Reply:
    """Return an error as Telnyx writes it."""
    return http_status, {"errors": [{"code": code, "title": title}]}


NOT_FOUND = failed(404, "10005", "Resource not found")
NO_KEY = failed(401, "10009", "Authentication failed")
NO_JSON = failed(400, "10015", "The body is no JSON object")
ENDED = failed(422, GONE, "Call has already ended")


class App:
    """A bare ASGI application: a handful of routes needs no framework."""

    def __init__(self, switch: Switch, key: str) -> None:
        self._switch = switch
        self._key = b"Bearer " + key.encode()
        self._placed: dict[str, Reply] = {}  # By command_id: a repeated dial rings once.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            parts = [unquote(part) for part in scope["path"].split("/")]
            told = _json(await _read(receive))
            match scope["method"], parts:
                case "GET", ["", "recordings", name]:
                    await self._recording(name, scope["query_string"].decode("latin-1"), send)
                case "GET", ["", "healthz"]:
                    waits = self._switch.hooks.pending
                    await _reply(
                        send, (200, {"legs": len(self._switch.live), "webhooks_wait": waits})
                    )
                case _:
                    await _reply(send, self._control(scope, parts, told))

    def _control(self, scope: Scope, parts: list[str], told: dict[str, Any] | None) -> Reply:
        shown = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(shown, self._key):
            return NO_KEY
        if told is None:
            return NO_JSON
        match scope["method"], parts:
            case "POST", ["", "v2", "calls"]:
                return _once(self._placed, told, lambda: self._dial(told))
            case "POST", ["", "v2", "calls", ref, "actions", verb]:
                return self._command(ref, verb, told)
            case "GET", ["", "v2", "calls", ref] if ref in self._switch.legs:
                return 200, {"data": status(self._switch.legs[ref])}
        return NOT_FOUND

    def _command(self, ref: str, verb: str, told: dict[str, Any]) -> Reply:
        leg = self._switch.legs.get(ref)
        if leg is None:
            return NOT_FOUND
        if not leg.alive or leg.lost:
            return ENDED
        leg.commanded = True

        def act() -> Reply:
            command(self._switch, leg, verb, told)
            return OK

        return _once(leg.replies, told, act)

    def _dial(self, told: dict[str, Any]) -> Reply:
        linked: Leg | None = None
        if "link_to" in told:
            linked = self._switch.live.get(str(told["link_to"]))
            if linked is None:
                return ENDED
        leg = dial(self._switch, linked, told)
        return 200, {"data": status(leg) | {"is_alive": False}}

    async def _recording(self, name: str, query: str, send: Send) -> None:
        asked = parse_qs(query)
        until, token = asked.get("until", [""])[0], asked.get("token", [""])[0]
        now_ms = self._switch.clock.now_ms()
        found = self._switch.recordings.read(name, until, token, now_ms)
        if found is None:
            await _reply(send, NOT_FOUND)
        else:
            await _send(send, 200, b"audio/wav", found)


def _once(done: dict[str, Reply], told: dict[str, Any], act: Callable[[], Reply]) -> Reply:
    """Return the reply to a command; one that is repeated is not done again."""
    command_id = str(told.get("command_id", ""))
    if command_id in done:
        return done[command_id]
    try:
        reply = act()
    except Refused as error:
        reply = failed(422, error.code, error.title)
    if command_id:
        done[command_id] = reply
        if len(done) > REPLIES_MAX:
            del done[next(iter(done))]
    return reply


async def _live(receive: Receive, send: Send) -> None:
    """Say yes to the web server's start and stop."""
    while True:
        kind = (await receive())["type"]
        await send({"type": kind + ".complete"})
        if kind == "lifespan.shutdown":
            return


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or None if it is too long or was cut off. All of it is taken off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        if len(body) <= BODY_MAX:
            body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body) if len(body) <= BODY_MAX else None


def _json(body: bytes | None) -> dict[str, Any] | None:
    if body is None:
        return None
    try:
        told = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        return None
    return told if isinstance(told, dict) else None


async def _reply(send: Send, reply: Reply) -> None:
    await _send(send, reply[0], b"application/json", orjson.dumps(reply[1]))


async def _send(send: Send, http_status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
