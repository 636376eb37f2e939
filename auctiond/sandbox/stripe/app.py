"""Stripe's HTTP: /v1 for servers, and /sandbox for those who play card owners, banks and time.

/v1/...                                        as Stripe has it; Authorization: Bearer KEY

POST   /sandbox/checkout/SESSION               {"card": number}: fill the page in
POST   /sandbox/setup_intents/ID               {"card": number}: as Stripe.js does in a browser
POST   /sandbox/payment_intents/ID             {"paid": true|false}: the bank answers at last
POST   /sandbox/charges/ID/dispute             {"reason": "fraudulent"}
POST   /sandbox/disputes/ID                    {"won": true|false}
POST   /sandbox/refunds                        {"payment_intent": id, "amount": cents}: made by hand
POST   /sandbox/payouts                        the balance goes to the bank
POST   /sandbox/events/ID                      send an event once more
PUT    /sandbox/clock                          {"ahead_s": s}: the processor's clock, against ours
PUT    /sandbox/hooks                          {"url": where webhooks go from now on}
PUT    /sandbox/next                           {"vices": ["mute", ...]}: one for each POST to come
GET    /sandbox/webhooks                       how many were sent, duplicated, lost, ...
DELETE /sandbox                                forget everything, silently
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import unquote

import orjson
import trio

from auctiond.sandbox.asgi import Receive, Send, live, read_body
from auctiond.sandbox.stripe.checkout import public
from auctiond.sandbox.stripe.form import Params, read_form
from auctiond.sandbox.stripe.hooks import Hooks
from auctiond.sandbox.stripe.options import Vices
from auctiond.sandbox.stripe.processor import Processor
from auctiond.sandbox.stripe.refused import Refused, invalid
from auctiond.sandbox.stripe.shapes import Json

BODY_MAX = 64 * 1024  # Bytes. A request is some hundred.
VICE_NAMES = frozenset(each.name for each in fields(Vices))

Scope = Mapping[str, Any]
LIMITED = Refused(429, "invalid_request_error", "Too many requests.", code="rate_limit")
BROKEN = Refused(500, "api_error", "An error occurred on our end.", kept=True)
NO_KEY = Refused(401, "invalid_request_error", "Invalid API Key provided.")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Json
    replayed: bool = False
    cut: bool = False  # The connection breaks instead.


class App:
    """A bare ASGI application: two handfuls of routes need no framework."""

    def __init__(self, processor: Processor, hooks: Hooks, clock: Callable[[float], None]) -> None:
        self._processor = processor
        self._hooks = hooks
        self._set_clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
        elif scope["type"] == "http":
            reply = await self._answer(scope, await read_body(receive, BODY_MAX))
            if reply.cut:
                raise ConnectionAbortedError("as asked: the reply is lost")
            await _send(send, reply)

    async def _answer(self, scope: Scope, body: bytes | None) -> Reply:
        path = scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        parts = [unquote(part) for part in path.split("/")]
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        try:
            if body is None:
                raise invalid("The body is too long, or was cut off", status=413)
            match parts:
                case ["", "v1", *rest]:
                    self._check_key(headers)
                    if scope["method"] == "GET":
                        params = read_form(scope["query_string"].decode())
                        return Reply(200, self._processor.read(rest, params))
                    return await self._write(path, rest, headers, read_form(body.decode()))
                case ["", "sandbox", *rest]:
                    told = orjson.loads(body or b"{}")
                    return Reply(200, self._play(scope["method"], rest, told))
        except Refused as refused:
            return Reply(refused.status, refused.body)
        return Reply(404, invalid("Unrecognized request URL").body)

    def _check_key(self, headers: Mapping[str, str]) -> None:
        kind, _, key = headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            key = b64decode(key).decode().partition(":")[0]
        if key != self._processor.options.api_key:
            raise NO_KEY

    async def _write(
        self, path: str, parts: list[str], headers: Mapping[str, str], params: Params
    ) -> Reply:
        processor = self._processor
        if processor.has_vice("limited"):
            raise LIMITED
        key = headers.get("idempotency-key", "")
        if key:
            known = processor.keys.begin(key, path, params)
            if known is not None and known.body is not None:
                return Reply(known.status, known.body, replayed=True)
        if processor.has_vice("slow"):
            await trio.sleep(processor.options.late_s)
        reply = self._execute(key, parts, params)
        if processor.has_vice("mute"):
            await trio.sleep(processor.options.late_s)
        if processor.has_vice("cut"):
            return Reply(reply.status, reply.body, cut=True)
        return reply

    def _execute(self, key: str, parts: list[str], params: Params) -> Reply:
        processor = self._processor
        try:
            if processor.has_vice("failing"):
                raise BROKEN
            reply = Reply(200, processor.write(parts, params))
            if processor.has_vice("failing_late"):
                raise BROKEN
        except Refused as refused:
            if key and not refused.kept:
                processor.keys.drop(key)
            reply = Reply(refused.status, refused.body)
            if not refused.kept:
                return reply
        if key:
            processor.keys.keep(key, reply.status, reply.body)
        return reply

    def _play(self, method: str, parts: list[str], told: dict[str, Any]) -> Json:
        processor, books = self._processor, self._processor.books
        match method, parts:
            case "POST", ["checkout", id_]:
                return public(processor.checkout.complete(id_, str(told.get("card", ""))))
            case "POST", ["setup_intents", id_]:
                return processor.people.confirm_setup(id_, str(told.get("card", "")))
            case "POST", ["payment_intents", id_]:
                return processor.payments.settle(id_, paid=bool(told.get("paid", True)))
            case "POST", ["charges", id_, "dispute"]:
                reason = str(told.get("reason", "fraudulent"))
                return processor.payments.dispute(books.get("charge", id_), reason)
            case "POST", ["disputes", id_]:
                return processor.payments.close_dispute(id_, won=bool(told.get("won")))
            case "POST", ["refunds"]:
                return processor.payments.refund({name: str(told[name]) for name in told})
            case "POST", ["payouts"]:
                return processor.payments.pay_out()
            case "POST", ["events", id_]:
                self._hooks.send(books.get("event", id_))
                return {}
        return self._set(method, parts, told)

    def _set(self, method: str, parts: list[str], told: dict[str, Any]) -> Json:
        match method, parts:
            case "PUT", ["clock"]:
                self._set_clock(float(told.get("ahead_s", 0)))
            case "PUT", ["hooks"]:
                self._hooks.url = str(told.get("url", ""))
            case "PUT", ["next"] if VICE_NAMES.issuperset(told.get("vices", [])):
                self._processor.next_vices[:] = told.get("vices", [])
            case "PUT", ["next"]:
                raise invalid(f"vices are: {', '.join(sorted(VICE_NAMES))}", "vices")
            case "GET", ["webhooks"]:
                return dict(self._hooks.counts)
            case "DELETE", []:
                self._processor.forget()
            case _:
                raise invalid("Unrecognized request URL", status=404)
        return {}


async def _send(send: Send, reply: Reply) -> None:
    body = orjson.dumps(reply.body)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"request-id", b"req_sandbox"),
    ]
    if reply.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
