"""Hide phone numbers and addresses in text meant for logs and errors. Pure."""

from __future__ import annotations

import re

NUMBER_DIGITS_MIN = 7  # A local number has seven. Shorter runs are durations, statuses, zips.
HIDDEN_NUMBER = "[number]"
HIDDEN_ADDRESS = "[address]"
HIDDEN_QUOTE = "[value]"

# What people and programs put between the digits of one number, also encoded for a URL.
_BETWEEN = (
    r"(?:[\s().\-_/*#\u00ad\u00b7\u2010-\u2015\u2212\u2022\ufeff\u200b-\u200f]|%[0-9A-Fa-f]{2})"
)

_HIDE = re.compile(
    rf"""
    # Our own ids (UUIDv7, and v4 of carriers) and days of a cap are kept: logs live by them.
    (?P<kept>
        (?<![0-9A-Za-z\-])[0-9a-f]{{8}}-[0-9a-f]{{4}}-[47][0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}
            (?![0-9A-Za-z\-])
      | (?<![0-9\-+])20[2-9][0-9]-(?:0[1-9]|1[0-2])-[0-3][0-9](?!{_BETWEEN}*\d)
    )
  | (?P<address> [^\s@<>"'=,;:|]{{1,64}} @ [^\s@<>"',;|]{{1,255}} )
  | (?P<number> \+? \d (?:{_BETWEEN}{{0,6}}\d){{{NUMBER_DIGITS_MIN - 1},}} )
    """,
    re.VERBOSE,
)
# Most texts have nothing to hide, and this tells so ten times faster.
_SUSPICIOUS = re.compile(rf"@|\d(?:\D*\d){{{NUMBER_DIGITS_MIN - 1}}}")
_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")


def mask(text: str) -> str:
    """Return `text` without phone-like numbers (7 digits or more) and e-mail addresses."""
    return _HIDE.sub(_hidden, text) if _SUSPICIOUS.search(text) else text


def mask_quoted(text: str) -> str:
    """Return `text` without what stands in quotes: where a library repeats what it was given."""
    return _QUOTED.sub(HIDDEN_QUOTE, text)


def mask_number(number: str) -> str:
    """Return `number` (E.164) for people: "+12125550123" is "+1212•••••23"."""
    digits = [char for char in number if char.isdigit()]
    if len(digits) < NUMBER_DIGITS_MIN:
        return HIDDEN_NUMBER if number else ""
    shown = 4 if number.startswith("+1") and len(digits) == 11 else 2  # An area code, or a country.
    return "+" + "".join(digits[:shown]) + "•" * (len(digits) - shown - 2) + "".join(digits[-2:])


def holds_personal(text: str) -> bool:
    """Return whether `text` holds what `mask` would hide."""
    return mask(text) != text


def _hidden(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    return HIDDEN_ADDRESS if found["address"] else HIDDEN_NUMBER
