"""How a leg ended: from the words of Telnyx and SIP's codes to ours. Pure: tables."""

from __future__ import annotations

CAUSES = {
    "normal_clearing": "completed",
    "user_busy": "busy",
    "no_answer": "no_answer",
    "timeout": "no_answer",
    "call_rejected": "declined",
    "not_found": "bad_number",
    "originator_cancel": "cancelled",
    "time_limit": "max_duration",
}

SIP_CAUSES = {
    "486": "busy",
    "600": "busy",
    "480": "no_answer",
    "408": "no_answer",
    "603": "declined",
    "403": "declined",
    "404": "bad_number",
    "604": "bad_number",
    "410": "bad_number",
    "484": "bad_number",
    "487": "cancelled",
    "488": "carrier_error",
    "415": "carrier_error",
    "500": "carrier_error",
    "502": "carrier_error",
    "503": "carrier_error",
    "504": "carrier_error",
}


def cause_of(hangup_cause: str, sip_code: str) -> str:
    """Return our word. "unknown" does not say that nobody answered: it is never a guess."""
    return CAUSES.get(hangup_cause) or SIP_CAUSES.get(sip_code, "unknown")
