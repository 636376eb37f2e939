"""How a leg ended, by SIP's codes: the same for all carriers. Pure: a table."""

from __future__ import annotations

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
