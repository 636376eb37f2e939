"""What a template may name, by stage: the table that keeps personal data out of pings. Pure."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Literal

Stage = Literal["token", "ping", "confirm", "post"]

# Whether there is a certificate of consent, Y or N; which one it is, the winner alone learns.
CONSENT = ("consent.trustedform", "consent.jornaya")
ANONYMOUS = ("state", "zip", "area_code", "vertical", *CONSENT)
PERSONAL = (
    "name",
    "first_name",
    "last_name",
    "phone",
    "email",
    "street",
    "city",
    "birth_date",
    "ip",
    "user_agent",
    "page_url",
    "trusted_form_url",
    "jornaya_id",
)
MONEY = ("reserve", "price")  # Micros; a filter says how a buyer wants to read them.
NOW = "now"  # When the request is made, in Unix milliseconds.
ASKED = ("auction_id", "told_ms", "reserve", "url", NOW)
BID = ("price", "destination")

TOKEN = "token"  # What a file's [token] fetches; a word of that file's other requests.

NAMES: dict[Stage, tuple[str, ...]] = {
    "token": ("url",),
    "ping": (*ANONYMOUS, *ASKED),
    "confirm": (*ANONYMOUS, *ASKED, *BID),
    "post": (*ANONYMOUS, *PERSONAL, "auction_id", "post_id", "url", NOW, *BID),
}
PREFIXES: dict[Stage, tuple[str, ...]] = {
    "token": ("settings.", "secret.", "inner."),
    "ping": ("ivr.", "settings.", "secret.", "inner."),
    "confirm": ("ivr.", "settings.", "secret.", "inner.", "ref."),
    "post": ("ivr.", "settings.", "secret.", "inner.", "ref.", "lead."),
}
SOURCE = re.compile(r"[a-z][a-z0-9_]*(\.([a-z0-9_]+|\*))?", re.ASCII)
# What betrays a field about a person, whatever the rest of its name is: phone_hash, CallerID, ani2.
STEMS = re.compile(
    r"phone|e_?mail|caller|street|address|birth|ssn|mobile|surname|full_?name|first_?name"
    r"|last_?name|jornaya|trusted_?form|user_?agent|lead_?id|sha\d|md5",
    re.IGNORECASE,
)
PARTS = frozenset(
    ("ani", "cell", "cid", "dob", "fname", "hash", "hashed", "ip", "lname", "name", "number", "tel")
)
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_personal(name: str) -> bool:
    """Return whether a field of this name is likely about a person rather than a call."""
    return bool(STEMS.search(name)) or any(part.lower() in PARTS for part in PART.findall(name))


def why_not(stage: Stage, source: str) -> tuple[str, str] | None:
    """Return what is wrong with naming `source` at `stage`, and what would be right, or None."""
    if SOURCE.fullmatch(source) and _is_known(stage, source):
        return None
    right = (
        f"a {stage} may name: {', '.join((*NAMES[stage], *(p + 'NAME' for p in PREFIXES[stage])))}"
    )
    if stage != "post" and (
        source in PERSONAL or source.startswith("lead.") or is_personal(source)
    ):
        return f"{{{source}}} is personal, and personal data leaves only with the post", right
    close = get_close_matches(source, NAMES[stage], n=1)
    hint = f" (did you mean {{{close[0]}}}?)" if close else ""
    return f"{{{source}}} is not a word of this language{hint}", right


def _is_known(stage: Stage, source: str) -> bool:
    prefix, dot, name = source.partition(".")
    if not dot or source in CONSENT:
        return source in NAMES[stage]
    if prefix == "ref" and not name.isdecimal():
        return False
    if name == "*" and prefix != "ivr":
        return False
    if prefix == "ivr" and stage != "post" and is_personal(name):
        return False
    return prefix + "." in PREFIXES[stage]
