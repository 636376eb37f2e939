"""How a leg ended: from the words of Telnyx, or else SIP's codes, to ours. Pure: tables."""

from __future__ import annotations

from telephony._sip_causes import SIP_CAUSES

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


def cause_of(hangup_cause: str, sip_code: str) -> str:
    """Return our word. "unknown" does not say that nobody answered: it is never a guess."""
    return CAUSES.get(hangup_cause) or SIP_CAUSES.get(sip_code, "unknown")
