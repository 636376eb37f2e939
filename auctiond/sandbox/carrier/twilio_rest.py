"""Twilio's REST API: calls and their changes, recordings, the account.

POST /2010-04-01/Accounts/SID/Calls.json, .../Calls/CA.json (Url or Status), GET the same;
GET .../Calls.json?ParentCallSid=CA; POST .../Calls/CA/Recordings.json and, to pause, resume or
stop, .../Recordings/Twilio.CURRENT.json; GET .../Recordings/RE.wav; GET .../SID.json and
.../IncomingPhoneNumbers.json; HTTP Basic
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from auctiond.sandbox.carrier.exchange import Exchange, Full, Reply
from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.options import ACCOUNT_SID
from auctiond.sandbox.carrier.refusals import Refused
from auctiond.sandbox.carrier.twilio import recording_sid, rfc2822, status_of
from auctiond.sandbox.carrier.verbs import VERBS, hangup

NO_CALL: Reply = (404, {"code": 20404, "message": "The requested resource was not found"})
NOT_IN_PROGRESS: Reply = (400, {"code": 21220, "message": "Call is not in-progress"})
NO_KEY: Reply = (401, {"code": 20003, "message": "Authenticate"})
WRONG: Reply = (400, {"code": 21205, "message": "Url, Status, To or From is missing or wrong"})
BUSY: Reply = (503, {"code": 20500, "message": "As many calls as the sandbox takes"})
TAPES = {"paused": "record_pause", "in-progress": "record_resume", "stopped": "record_stop"}
CURRENT = "Twilio.CURRENT"


class TwilioRest:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        key = f"{ACCOUNT_SID}:{exchange.options.api_key}".encode()
        self._basic = b"Basic " + b64encode(key)

    def answer(self, method: str, parts: list[str], key: bytes, query: bytes, body: bytes) -> Reply:
        """Answer a request; a recording is answered with its bytes."""
        if key != self._basic:
            return NO_KEY
        form = dict(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True))
        last = parts[-1].removesuffix(".json") if parts else ""
        match method, [*parts[:-1], last]:
            case "GET", [account] if account == ACCOUNT_SID:
                return 200, self._exchange.account.application
            case "GET", [account, "Balance"]:
                left = self._exchange.account.money
                return 200, {"account_sid": account, "balance": left, "currency": "USD"}
            case "GET", [_, "IncomingPhoneNumbers"]:
                return 200, {"incoming_phone_numbers": [self._exchange.account.number]}
            case "POST", [_, "Calls"]:
                return self._call(form)
            case "GET", [_, "Calls"]:
                parent = dict(parse_qsl(query.decode("ascii", "replace"))).get("ParentCallSid", "")
                found = self._exchange.find(parent)
                legs = found[0].dialled if found is not None else []
                return 200, {"calls": [_told(leg) for leg in legs]}
            case "POST", [_, "Calls", sid]:
                return self._change(sid, form)
            case "GET", [_, "Calls", sid]:
                found = self._exchange.find(sid)
                return NO_CALL if found is None else (200, _told(found[1]))
            case "POST", [_, "Calls", sid, "Recordings"]:
                return self._record(sid, form)
            case "POST", [_, "Calls", sid, "Recordings", tape] if tape == CURRENT:
                return self._tape(sid, TAPES.get(form.get("Status", ""), ""), {})
            case "GET", [_, "Recordings", name]:
                return self._file(name)
        return NO_CALL

    def _call(self, form: Mapping[str, str]) -> Reply:
        if not form.get("To") or not form.get("From") or not form.get("Url"):
            return WRONG
        fields = {
            "to": form["To"],
            "from": form["From"],
            "webhook_url": form.get("StatusCallback", ""),
            "timeout_secs": form.get("Timeout", 60),
            "fallback_url": form.get("FallbackUrl", ""),
        }
        try:
            return 201, _told(self._exchange.ring(fields, form["Url"]).a)
        except Full:
            return BUSY

    def _change(self, sid: str, form: Mapping[str, str]) -> Reply:
        found = self._exchange.find(sid)
        if found is None:
            return NO_CALL
        call, leg = found
        if not leg.alive:
            return NOT_IN_PROGRESS
        if form.get("Status") in ("completed", "canceled"):
            hangup(call, leg, {})
        elif form.get("Url"):
            if leg.answered_ms is None:
                return NOT_IN_PROGRESS
            self._exchange.go_on_at(call, leg, form["Url"])
        else:
            return WRONG
        return 200, _told(leg)

    def _record(self, sid: str, form: Mapping[str, str]) -> Reply:
        channels = {"mono": "single", "dual": "dual"}.get(form.get("RecordingChannels", "mono"))
        told_at = form.get("RecordingStatusCallback", "")
        return self._tape(
            sid, "record_start", {"channels": channels, "format": "wav", "told_at": told_at}
        )

    def _tape(self, sid: str, verb: str, fields: Mapping[str, Any]) -> Reply:
        found = self._exchange.find(sid)
        if found is None or not verb:
            return NO_CALL if found is None else WRONG
        call, leg = found
        tape = leg.tape
        if not leg.alive or leg.answered_ms is None:
            return NOT_IN_PROGRESS
        try:
            VERBS[verb](call, leg, fields)
        except Refused as refused:
            return (404 if tape is None else 400), {"code": 20404, "message": refused.title}
        kept = leg.tape or tape
        assert kept is not None
        sid = recording_sid(kept)
        kept.url = f"{self._exchange.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{sid}"
        return 201 if tape is None else 200, {"sid": sid, "call_sid": leg.ref}

    def _file(self, name: str) -> Reply:
        """Return a file. As Twilio has it, it is there until it is deleted."""
        hex_ = name.removeprefix("RE").removesuffix(".wav")
        try:
            tape = self._exchange.tapes.get(str(UUID(hex_)))
        except ValueError:
            tape = None
        return NO_CALL if tape is None or not tape.ended_ms else (200, tape.wav())


def _told(leg: Leg) -> dict[str, Any]:
    ended = rfc2822(leg.ended_ms) if leg.ended_ms is not None else None
    return {"sid": leg.ref, "status": status_of(leg), "end_time": ended}
