"""How calls end, in SIP's words and in Telnyx', and numbers as SIP writes them. Pure."""

from __future__ import annotations

import re

BY_CODE = {
    "486": "user_busy",
    "600": "user_busy",
    "403": "call_rejected",
    "603": "call_rejected",
    "404": "not_found",
    "410": "not_found",
    "484": "not_found",
    "604": "not_found",
    "487": "originator_cancel",
}
CODE = re.compile(r"[3-6]\d\d(?= |$)", re.ASCII)
USER = re.compile(r"<?(?:sips?|tel):([^@;>]*)", re.ASCII | re.IGNORECASE)
NUMBER = re.compile(r"\+?\d{7,15}", re.ASCII)
NAME_MAX = 100  # Characters.
LOST = "rtp stream error"  # The stack's word for a phone that is heard no more.


def cause_of(text: str, *, incoming: bool, was_up: bool) -> tuple[str, str]:
    """Return Telnyx' hangup_cause and SIP's code for what the stack says of a call's end."""
    match = CODE.match(text)
    code = match[0] if match else "unspecified"
    if was_up:
        return ("unspecified" if text == LOST else "normal_clearing"), "unspecified"
    if incoming:  # Nobody but the caller ends a call that rings here.
        return "originator_cancel", "unspecified"
    if "timed out" in text:
        return "unspecified", "408"
    return BY_CODE.get(code, "unspecified"), code


def name_of(address: str) -> str:
    """Return the name that stands before a SIP address, or ""."""
    name = address.partition("<")[0].strip().strip('"').strip() if "<" in address else ""
    return "" if name.lower() == "anonymous" else name[:NAME_MAX]


def number_of(address: str) -> str:
    """Return the number in a SIP address as E.164, the address itself if it has none.

    North American carriers write ten or eleven digits; others have a plus in front.
    """
    match = USER.search(address)
    user = (match[1] if match else address).strip()
    if not NUMBER.fullmatch(user):
        return "anonymous" if user.lower() in ("anonymous", "") else _bare(address)
    if user.startswith("+"):
        return user
    if len(user) == 10:
        return "+1" + user
    return "+" + user


def _bare(address: str) -> str:
    """Return a SIP address without its name, brackets and parameters."""
    inside = address.partition("<")[2].partition(">")[0] if "<" in address else address
    return inside.partition(";")[0].strip()
