"""The REST APIs of the carriers of documents: a call's change, its status, a call of ours.

Twilio   POST /2010-04-01/Accounts/SID/Calls.json, .../Calls/CA.json (Url or Status), GET the same;
         GET .../Calls.json?ParentCallSid=CA; HTTP Basic
jambonz  POST /v1/Accounts/SID/Calls, PUT .../Calls/ID (call_hook or call_status), GET; Bearer
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from auctiond.sandbox.carrier.exchange import Exchange, Full, Reply
from auctiond.sandbox.carrier.jambonz import status_of as jambonz_status
from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.options import ACCOUNT, ACCOUNT_SID
from auctiond.sandbox.carrier.phone_call import PhoneCall
from auctiond.sandbox.carrier.twilio import rfc2822
from auctiond.sandbox.carrier.twilio import status_of as twilio_status

NO_CALL: Reply = (404, {"code": 20404, "message": "The requested resource was not found"})
NOT_IN_PROGRESS: Reply = (400, {"code": 21220, "message": "Call is not in-progress"})
NO_KEY: Reply = (401, {"code": 20003, "message": "Authenticate"})
WRONG: Reply = (400, {"code": 21205, "message": "Url, Status, To or From is missing or wrong"})
GONE: Reply = (404, {"msg": "call not found"})
BUSY: Reply = (503, {"msg": "as many calls as the sandbox takes"})


class Rest:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        key = f"{ACCOUNT_SID}:{exchange.options.api_key}".encode()
        self._basic = b"Basic " + b64encode(key)
        self._bearer = b"Bearer " + exchange.options.api_key.encode()

    def twilio(self, method: str, parts: list[str], key: bytes, query: bytes, body: bytes) -> Reply:
        """Answer a request to Twilio's API."""
        if key != self._basic:
            return NO_KEY
        form = dict(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True))
        match method, parts:
            case "POST", [_, "Calls.json"]:
                return self._twilio_call(form)
            case "GET", [_, "Calls.json"]:
                parent = dict(parse_qsl(query.decode("ascii", "replace"))).get("ParentCallSid", "")
                found = self._exchange.find(parent)
                legs = found[0].dialled if found is not None else []
                return 200, {"calls": [_twilio_told(leg) for leg in legs]}
            case "POST", [_, "Calls", sid]:
                return self._twilio_change(sid.removesuffix(".json"), form)
            case "GET", [_, "Calls", sid]:
                found = self._exchange.find(sid.removesuffix(".json"))
                return NO_CALL if found is None else (200, _twilio_told(found[1]))
        return NO_CALL

    def _twilio_call(self, form: Mapping[str, str]) -> Reply:
        if not form.get("To") or not form.get("From") or not form.get("Url"):
            return WRONG
        fields = {
            "to": form["To"],
            "from": form["From"],
            "webhook_url": form.get("StatusCallback", ""),
            "timeout_secs": form.get("Timeout", 60),
        }
        placed = self._placed(fields, form["Url"])
        return BUSY if placed is None else (201, _twilio_told(placed))

    def _twilio_change(self, sid: str, form: Mapping[str, str]) -> Reply:
        found = self._exchange.find(sid)
        if found is None:
            return NO_CALL
        call, leg = found
        if not leg.alive:
            return NOT_IN_PROGRESS
        if form.get("Status") in ("completed", "canceled"):
            _hang_up(call, leg)
        elif form.get("Url"):
            if leg.answered_ms is None:
                return NOT_IN_PROGRESS
            self._exchange.go_on_at(call, leg, form["Url"])
        else:
            return WRONG
        return 200, _twilio_told(leg)

    def jambonz(self, method: str, parts: list[str], key: bytes, body: bytes) -> Reply:
        """Answer a request to jambonz' API."""
        if key != self._bearer:
            return 401, {"msg": "unauthorized"}
        told = orjson.loads(body or b"{}")
        match method, parts:
            case "POST", [account, "Calls"] if account == ACCOUNT:
                return self._jambonz_call(told)
            case "GET", [account, "Calls"] if account == ACCOUNT:
                legs = [leg for _, leg in self._exchange.legs() if leg.alive]
                return 200, [_jambonz_told(self._exchange, leg) for leg in legs]
            case "PUT", [_, "Calls", sid]:
                return self._jambonz_change(sid, told)
            case "GET", [_, "Calls", sid]:
                found = self._exchange.find(sid)
                if found is None or not found[1].alive:  # It forgets calls that are over.
                    return GONE
                return 200, _jambonz_told(self._exchange, found[1])
        return GONE

    def _jambonz_call(self, told: Mapping[str, Any]) -> Reply:
        to = told.get("to") or {}
        number, hook = to.get("number") or to.get("sipUri"), told.get("call_hook") or {}
        if not number or not told.get("from") or not hook.get("url"):
            return 400, {"msg": "to, from and call_hook are needed"}
        fields = {
            "to": number,
            "from": told["from"],
            "webhook_url": (told.get("call_status_hook") or {}).get("url", ""),
            "timeout_secs": told.get("timeout", 60),
            "tag": told.get("tag") or {},
        }
        placed = self._placed(fields, hook["url"])
        return BUSY if placed is None else (201, {"sid": placed.ref})

    def _jambonz_change(self, sid: str, told: Mapping[str, Any]) -> Reply:
        found = self._exchange.find(sid)
        if found is None or not found[1].alive:
            return GONE
        call, leg = found
        if told.get("call_status") in ("completed", "no-answer"):
            _hang_up(call, leg)
        elif isinstance(told.get("call_hook"), dict):
            self._exchange.go_on_at(call, leg, str(told["call_hook"].get("url")))
        else:
            return 400, {"msg": "call_hook or call_status is needed"}
        return 202, {}

    def _placed(self, fields: Mapping[str, Any], answer_url: str) -> Leg | None:
        try:
            return self._exchange.ring(fields, answer_url).a
        except Full:
            return None


def _hang_up(call: PhoneCall, leg: Leg) -> None:
    if leg.direction == "incoming":
        call.end(leg, "normal_clearing", "callee")
    elif leg.answered_ms is None:
        call.end(leg, "originator_cancel", "caller", sip="487")
    else:
        call.end(leg, "normal_clearing", "caller")


def _twilio_told(leg: Leg) -> dict[str, Any]:
    ended = rfc2822(leg.ended_ms) if leg.ended_ms is not None else None
    return {"sid": leg.ref, "status": twilio_status(leg), "end_time": ended}


def _jambonz_told(exchange: Exchange, leg: Leg) -> dict[str, Any]:
    found = exchange.find(leg.ref)
    told = {"call_sid": leg.ref, "call_status": jambonz_status(leg)[0]}
    if found is None or found[0].a is leg:
        return told
    return told | {"parent_call_sid": found[0].a.ref}
