"""The carrier's HTTP: Call Control v2 for servers, and /sandbox for those who play the people.

POST   /v2/calls                        ring somebody for us
POST   /v2/calls/REF/actions/VERB       a command; Authorization: Bearer KEY
POST   /v2/calls                        ring somebody for the leg that link_to names
GET    /v2/calls/REF                    how a leg is
GET    /v2/call_control_applications/ID the application; also /v2/phone_numbers, /v2/balance

POST   /sandbox/calls                   place a call:
           {"from": "+12025550133" or "anonymous", "to": a tracking number, "name": "...",
            "attestation": "A"|"B"|"C"|"", "lead": {"email": "...", ...},
            "script": {"zip": digits|"bad"|null, "patience_s": 120, "hang_up_after_s": null,
                       "talk_s": null}}
           gives {"call_session_id": ...}. hang_up_after_s counts from the start of the call,
           talk_s from the moment the caller is joined with somebody; null is a law by seed.
GET    /sandbox/calls                   all calls: {"calls": [...]}, the last one first
GET    /sandbox/calls/SESSION           what happened, from the phone company's view: state
           (ringing, answered, bridged, ended), legs dialled, times in ms, talk_ms, keys that we
           pressed, what we commanded of a recording elsewhere
POST   /sandbox/calls/SESSION/hangup    the caller hangs up now
PUT    /sandbox/phones/NUMBER           {"behaviour": answers|busy|no_answer|declines|
           rings_then_answers|hangs_up, "answer_after_s": s, "hang_up_after_s": s of talk,
           "presses": key that it presses when asked before a join, "machine": true|false,
           "script": as above, of a person who is called back}
DELETE /sandbox/phones/NUMBER           back to the law by seed
PUT    /sandbox/hooks                   {"url": where webhooks go from now on}
PUT    /sandbox/account                 {"application": fields, "number": fields, "money": "1.00"}
           as the portal has them, in the carrier's own words; GET tells them
PUT    /sandbox/twiml                   {"twiml": a document} that Twilio serves by itself: a TwiML
           Bin; gives {"url": ...}, good for a number's voice_fallback_url
GET    /sandbox/webhooks                how many were sent, duplicated, lost, ...
PUT    /sandbox/webhooks                {"quiet": true|false}: none comes through
GET    /media/ID.wav                    a recording, for ten minutes after its end
GET    /sandbox/key                     {"public_key": base64}
DELETE /sandbox                         forget all calls and phones, silently
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import orjson
import trio

from auctiond.sandbox.asgi import Receive, Send, live, read_body
from auctiond.sandbox.carrier.account import TWIML_PATH
from auctiond.sandbox.carrier.exchange import Exchange, Full, Reply
from auctiond.sandbox.carrier.jambonz_rest import JambonzRest
from auctiond.sandbox.carrier.options import CONNECTION_ID
from auctiond.sandbox.carrier.phones import BadOrder, read_order, read_phone
from auctiond.sandbox.carrier.truth import truth
from auctiond.sandbox.carrier.twilio_rest import TwilioRest

BODY_MAX = 64 * 1024  # Bytes. A command is some hundred.
MUTE_S = 3.0  # A reply that comes after the sender has given the try up.
LISTED_MAX = 1_000  # Calls in one list.
BEARER = b"authorization"
MEDIA = "/media/"

Scope = Mapping[str, Any]
NOT_FOUND: Reply = (404, {"errors": [{"code": "10005", "title": "Resource not found"}]})
NO_KEY: Reply = (401, {"errors": [{"code": "10009", "title": "Authentication failed"}]})
BROKEN: Reply = (500, {"errors": [{"code": "10016", "title": "Internal error"}]})
NO_JSON: Reply = (400, {"errors": [{"code": "10015", "title": "The body is no JSON object"}]})


class App:
    """A bare ASGI application: two handfuls of routes need no framework."""

    def __init__(self, exchange: Exchange, public_key: bytes) -> None:
        self._exchange = exchange
        self._public_key = b64encode(public_key).decode()
        self._twilio = TwilioRest(exchange)
        self._jambonz = JambonzRest(exchange)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(MEDIA):
            await self._media(scope["path"], send)
        elif scope["type"] == "http" and scope["path"].startswith(TWIML_PATH):
            await read_body(receive, BODY_MAX)
            found = self._exchange.account.twiml(scope["path"]) or ""
            await _reply_with(send, 200 if found else 404, found.encode(), b"text/xml")
        elif scope["type"] == "http":
            status, told = await self._answer(scope, receive)
            if isinstance(told, bytes):
                await _reply_with(send, status, told, b"audio/x-wav")
            else:
                await _reply(send, status, told)

    async def _media(self, path: str, send: Send) -> None:
        """Answer with a recording: whoever has the address may have it."""
        failing = self._exchange.has_vice(self._exchange.options.vices.failing)
        found = self._exchange.file(path.removeprefix(MEDIA).removesuffix(".wav"))
        if failing or found is None:
            await _reply(send, 500 if failing else 403, {})
        else:
            await _reply_with(send, 200, found, b"audio/wav")

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        path = scope["raw_path"].decode("ascii", "replace")
        parts = [unquote(part) for part in path.split("/")]
        body = await read_body(receive, BODY_MAX)
        if body is not None and parts[1] in ("2010-04-01", "v1"):
            return await self._change(scope, parts, body)
        told = _json(body)
        if told is None:
            return NO_JSON
        match parts:
            case ["", "v2", *rest]:
                key = dict(scope["headers"]).get(BEARER, b"")
                if key != b"Bearer " + self._exchange.options.api_key.encode():
                    return NO_KEY
                return await self._control(scope["method"], rest, told)
            case ["", "sandbox", *rest]:
                return self._play(scope["method"], rest, told)
        return NOT_FOUND

    async def _change(self, scope: Scope, parts: list[str], body: bytes) -> Reply:
        """Answer a request to a carrier of documents."""
        exchange, vices = self._exchange, self._exchange.options.vices
        key, method = dict(scope["headers"]).get(BEARER, b""), scope["method"]
        if method != "GET" and exchange.has_vice(vices.failing):
            return BROKEN
        if parts[1] == "v1":
            reply = self._jambonz.answer(method, parts[2:], key, body)
        else:
            query = scope["query_string"]
            reply = self._twilio.answer(method, parts[3:], key, query, body)
        if method != "GET" and exchange.has_vice(vices.mute):
            await trio.sleep(MUTE_S)
        return reply

    async def _control(self, method: str, parts: list[str], told: dict[str, Any]) -> Reply:
        exchange, vices = self._exchange, self._exchange.options.vices
        match method, parts:
            case "POST", ["calls"] if "link_to" in told:
                return exchange.command(str(told["link_to"]), "dial", told)
            case "POST", ["calls", ref, "actions", verb]:
                if exchange.has_vice(vices.failing):
                    return BROKEN
                reply = exchange.command(ref, verb, told)
                if exchange.has_vice(vices.mute):
                    await trio.sleep(MUTE_S)
                return reply
            case "POST", ["calls"]:
                return await self._dial(told)
            case "GET", ["calls", ref]:
                return exchange.status(ref)
            case "GET", ["call_control_applications", id_] if id_ == CONNECTION_ID:
                return 200, {"data": exchange.account.application}
            case "GET", ["phone_numbers"]:
                return 200, {"data": [exchange.account.number], "meta": {"total_results": 1}}
            case "GET", ["balance"]:
                left = exchange.account.money
                return 200, {"data": {"available_credit": left, "balance": left, "currency": "USD"}}
        return NOT_FOUND

    async def _dial(self, told: dict[str, Any]) -> Reply:
        exchange, vices = self._exchange, self._exchange.options.vices
        if exchange.has_vice(vices.failing):
            return BROKEN
        try:
            reply = exchange.dial(told)
        except Full:
            return BROKEN
        if exchange.has_vice(vices.mute):
            await trio.sleep(MUTE_S)
        return reply

    def _play(self, method: str, parts: list[str], told: dict[str, Any]) -> Reply:
        try:
            return self._people(method, parts, told)
        except BadOrder as error:
            return 422, {"error": str(error)}
        except Full:
            return 503, {"error": "as many calls or phones as the sandbox takes"}

    def _people(self, method: str, parts: list[str], told: dict[str, Any]) -> Reply:
        exchange = self._exchange
        match method, parts:
            case "POST", ["calls"]:
                return 201, {"call_session_id": exchange.place(read_order(told)).session}
            case "GET", ["calls"]:
                latest = list(exchange.calls.values())[: -LISTED_MAX - 1 : -1]
                return 200, {"calls": [truth(call) for call in latest]}
            case "GET", ["calls", session] if session in exchange.calls:
                return 200, truth(exchange.calls[session])
            case "POST", ["calls", session, "hangup"] if session in exchange.calls:
                exchange.calls[session].caller_leaves()
                return 200, truth(exchange.calls[session])
            case "PUT", ["phones", number]:
                exchange.set_phone(number, read_phone(told))
                return 200, {}
            case "DELETE", ["phones", number]:
                exchange.phones.pop(number, None)
                return 200, {}
            case "DELETE", []:
                exchange.reset()
                return 200, {}
            case _:
                return self._carrier(method, parts, told)

    def _carrier(self, method: str, parts: list[str], told: dict[str, Any]) -> Reply:
        match method, parts, told:
            case "PUT", ["hooks"], {"url": str(url)}:
                self._exchange.hook_url = url
                return 200, {}
            case "GET" | "PUT", ["account"], _:
                account = self._exchange.account
                account.change(told)
                return 200, {"application": account.application, "number": account.number}
            case "PUT", ["twiml"], _:
                path = self._exchange.account.keep_twiml(told)
                return 200, {"url": self._exchange.base_url + path}
            case "PUT", ["webhooks"], {"quiet": bool(quiet)}:
                self._exchange.hooks.is_quiet = quiet
                return 200, {}
            case "PUT", ["hooks"], _:
                raise BadOrder("url: where webhooks go")
            case "GET", ["webhooks"], _:
                hooks = self._exchange.hooks
                return 200, {**hooks.counts, "complaints": list(hooks.complaints)}
            case "GET", ["key"], _:
                return 200, {"public_key": self._public_key}
        return NOT_FOUND


def _json(body: bytes | None) -> dict[str, Any] | None:
    if body is None:
        return None
    try:
        told = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        return None
    return told if isinstance(told, dict) else None


async def _reply(send: Send, status: int, told: object) -> None:
    await _reply_with(send, status, orjson.dumps(told), b"application/json")


async def _reply_with(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
