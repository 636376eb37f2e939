"""Phone numbers and SIP addresses, made one way from the many that buyers write. Pure."""

from __future__ import annotations

import re

LONGEST = 255  # Characters of a SIP address. Longer ones are an attempt at something.
NOISE = str.maketrans("", "", " ()-.\u00a0")
NANP = re.compile(r"1?([2-9]\d{9})", re.ASCII)
E164 = re.compile(r"\+(?:1[2-9]\d{9}|[2-9]\d{6,14})", re.ASCII)
SCHEME = re.compile(r"\s*sips?:", re.ASCII | re.I)
# No spaces, quotes, brackets or ?headers: those would reach the carrier's own request.
SIP = re.compile(r"sips?:[\w.!~*'()&=+$,;:%-]+@[a-z0-9.-]+(:\d{1,5})?(;[\w.=-]+)*", re.ASCII | re.I)


def e164(value: object) -> str:
    """Return a number of 10 or 11 digits, or in E.164, as E.164; "" when it is none."""
    if type(value) is int:
        value = str(value) if 0 < value < 10**15 else ""
    if type(value) is not str or len(value) > LONGEST:
        return ""
    if E164.fullmatch(value):
        return value
    digits = value.strip().removeprefix("tel:").translate(NOISE)
    if E164.fullmatch(digits):
        return digits
    found = NANP.fullmatch(digits)
    return "+1" + found[1] if found else ""


def sip(value: object) -> str:
    """Return a SIP address with its scheme; "" when it is none. A bare user@host gets one."""
    if type(value) is not str or len(value) > LONGEST:
        return ""
    text = value.strip()
    if ":" not in text.partition("@")[0]:
        text = "sip:" + text
    return text if SIP.fullmatch(text) else ""


def destination(value: object) -> str:
    """Return what can be rung: a number as E.164, an address that says sip: itself, or ""."""
    number = e164(value)
    return sip(value) if not number and type(value) is str and SCHEME.match(value) else number
