"""jambonz' REST API: calls and their changes, the application and the numbers.

POST /v1/Accounts/SID/Calls, PUT .../Calls/ID (call_hook, call_status or record), GET the same;
GET /v1/Applications/SID and /v1/PhoneNumbers; Bearer
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from auctiond.sandbox.carrier.exchange import Exchange, Full, Reply
from auctiond.sandbox.carrier.jambonz import status_of
from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.options import ACCOUNT, APPLICATION
from auctiond.sandbox.carrier.verbs import hangup

NO_KEY: Reply = (401, {"msg": "unauthorized"})
GONE: Reply = (404, {"msg": "call not found"})
BUSY: Reply = (503, {"msg": "as many calls as the sandbox takes"})
WRONG: Reply = (400, {"msg": "call_hook, call_status or record is needed"})
TAPES_MAX = 100  # Commands of a recording that are remembered of a call.


class JambonzRest:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._bearer = b"Bearer " + exchange.options.api_key.encode()

    def answer(self, method: str, parts: list[str], key: bytes, body: bytes) -> Reply:
        """Answer a request."""
        if key != self._bearer:
            return NO_KEY
        told = orjson.loads(body or b"{}")
        match method, parts:
            case "GET", ["Applications", sid] if sid == APPLICATION:
                return 200, self._exchange.account.application
            case "GET", ["PhoneNumbers"]:
                return 200, [self._exchange.account.number]
            case "POST", ["Accounts", account, "Calls"] if account == ACCOUNT:
                return self._call(told)
            case "GET", ["Accounts", account, "Calls"] if account == ACCOUNT:
                legs = [leg for _, leg in self._exchange.legs() if leg.alive]
                return 200, [self._told(leg) for leg in legs]
            case "PUT", ["Accounts", _, "Calls", sid]:
                return self._change(sid, told)
            case "GET", ["Accounts", _, "Calls", sid]:
                found = self._exchange.find(sid)
                if found is None or not found[1].alive:  # It forgets calls that are over.
                    return GONE
                return 200, self._told(found[1])
        return GONE

    def _call(self, told: Mapping[str, Any]) -> Reply:
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
        try:
            return 201, {"sid": self._exchange.ring(fields, hook["url"]).a.ref}
        except Full:
            return BUSY

    def _change(self, sid: str, told: Mapping[str, Any]) -> Reply:
        found = self._exchange.find(sid)
        if found is None or not found[1].alive:
            return GONE
        call, leg = found
        if told.get("call_status") in ("completed", "no-answer"):
            hangup(call, leg, {})
        elif isinstance(told.get("call_hook"), dict):
            self._exchange.go_on_at(call, leg, str(told["call_hook"].get("url")))
        elif isinstance(told.get("record"), dict):
            return _record(leg, told["record"])
        else:
            return WRONG
        return 202, {}

    def _told(self, leg: Leg) -> dict[str, Any]:
        found = self._exchange.find(leg.ref)
        told = {"call_sid": leg.ref, "call_status": status_of(leg)[0]}
        if found is None or found[0].a is leg:
            return told
        return told | {"parent_call_sid": found[0].a.ref}


def _record(leg: Leg, record: Mapping[str, Any]) -> Reply:
    """Keep what was commanded: the sound goes to a SIPREC server, and no file is told of."""
    action = str(record.get("action"))
    begins = action == "startCallRecording"
    going = "startCallRecording" in leg.taping and leg.taping[-1] != "stopCallRecording"
    known = begins or action in ("pauseCallRecording", "resumeCallRecording", "stopCallRecording")
    if not known or (begins and not record.get("siprecServerURL")):
        return 400, {"msg": "record: an action, and to start, siprecServerURL"}
    if begins == going or len(leg.taping) >= TAPES_MAX:
        return 422, {"msg": "the call is being recorded, or is not"}
    leg.taping.append(action)
    return 202, {}
