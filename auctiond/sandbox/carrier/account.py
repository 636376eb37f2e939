"""What an operator has set up in the carrier's portal, as the carrier's API tells it. Pure.

All is as it should be until a test or a player says otherwise: PUT /sandbox/account changes fields
of the application or of the number, in the carrier's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auctiond.sandbox.carrier.options import ACCOUNT_SID, APPLICATION, CONNECTION_ID
from auctiond.sandbox.carrier.phones import BadOrder

NUMBER = "+15558000000"  # The account's one number. Calls come to any, so that it may be changed.
TWIML_PATH = "/twiml/"
TWIML_MAX = 4_000  # Characters of a TwiML Bin, as Twilio takes them.
BINS_MAX = 100


class Account:
    """The settings of an account, in the words of its protocol; and its TwiML Bins."""

    def __init__(self, protocol: str, hooks: str) -> None:
        self.application, self.number = _SET_UP[protocol](hooks)
        self.money = "100.00"  # In dollars; jambonz tells of none.
        self.bins: list[str] = []

    def change(self, told: Mapping[str, Any]) -> None:
        """Change fields of the application or of the number, or the money that is left."""
        for name, row in (("application", self.application), ("number", self.number)):
            fields = told.get(name, {})
            if not isinstance(fields, dict) or len(fields) > len(row) + 10:
                raise BadOrder(f"{name}: an object of its fields")
            row.update(fields)
        self.money = str(told.get("money", self.money))

    def keep_twiml(self, told: Mapping[str, Any]) -> str:
        """Keep a document that the carrier serves by itself; return its path."""
        twiml = told.get("twiml")
        if not isinstance(twiml, str) or not 0 < len(twiml) <= TWIML_MAX:
            raise BadOrder(f"twiml: a document of at most {TWIML_MAX} characters")
        if len(self.bins) >= BINS_MAX:
            raise BadOrder(f"twiml: at most {BINS_MAX} of them")
        self.bins.append(twiml)
        return f"{TWIML_PATH}EH{len(self.bins) - 1:032x}"

    def twiml(self, path: str) -> str | None:
        """Return the document at a path."""
        name = path.removeprefix(f"{TWIML_PATH}EH")
        found = self.bins[int(name, 16) : int(name, 16) + 1] if name.isalnum() else []
        return found[0] if found else None


def _telnyx(hooks: str) -> tuple[dict[str, Any], dict[str, Any]]:
    application = {
        "id": CONNECTION_ID,
        "record_type": "call_control_application",
        "application_name": "sandbox",
        "active": True,
        "webhook_api_version": "2",
        "webhook_event_url": hooks,
        "webhook_event_failover_url": "",
    }
    return application, {"phone_number": NUMBER, "connection_id": CONNECTION_ID, "status": "active"}


def _twilio(hooks: str) -> tuple[dict[str, Any], dict[str, Any]]:
    number = {
        "sid": "PN" + "5" * 32,
        "account_sid": ACCOUNT_SID,
        "phone_number": NUMBER,
        "voice_url": hooks,
        "voice_method": "POST",
        "voice_fallback_url": None,
        "voice_fallback_method": "POST",
        "status_callback": hooks,
        "status_callback_method": "POST",
    }
    return {"sid": ACCOUNT_SID, "status": "active", "type": "Full"}, number


def _jambonz(hooks: str) -> tuple[dict[str, Any], dict[str, Any]]:
    bare, _, overrides = hooks.partition("#")
    status = f"{bare}{'&' if '?' in bare else '?'}k=status"
    application = {
        "application_sid": APPLICATION,
        "name": "sandbox",
        "call_hook": {"url": hooks, "method": "POST"},
        "call_status_hook": {"url": status + (overrides and "#" + overrides), "method": "POST"},
    }
    return application, {"number": NUMBER.removeprefix("+"), "application_sid": APPLICATION}


_SET_UP = {"telnyx": _telnyx, "twilio": _twilio, "jambonz": _jambonz}
