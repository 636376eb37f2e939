"""Who is told what, in a network file: addresses, notices switched off, `[[webhook]]`. Pure."""

from __future__ import annotations

import re
from typing import Any

from market.notices import KINDS, MAY_BE_OFF
from routing import network_values as v
from routing.network_error import Place
from routing.network_known import check_known
from routing.network_reading import Found, Key, list_of, tables

# What any mail server takes; quoted local parts and address literals are nobody's billing desk.
EMAIL = re.compile(
    r"(?=.{3,254}$)[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.A
)
EMAILS_MOST = 10  # A team; more people are a mailing list of theirs.
SECRETS_MOST = 2  # One, and the next while they change.


def _kind_off(found: object, place: Place) -> str:
    if found in KINDS and found not in MAY_BE_OFF:
        raise place.refuse(found, "a notice that may be off: this one is about money, or a duty")
    read: str = v.choice(*MAY_BE_OFF)(found, place)
    return read


email = v.matching(EMAIL, 'an e-mail address, like "billing@acme.example"')
TOLD = {
    "emails": Key(list_of(email)),
    "notices_off": Key(list_of(_kind_off)),
}
WEBHOOK = {
    "id": Key(v.ident, needed=True),
    "url": Key(v.web_address, needed=True),
    "secrets": Key(list_of(v.secret, least=1, hide=True), needed=True),
    "kinds": Key(list_of(v.choice(*sorted(KINDS)), least=1)),
    "buyer": Key(v.ident),
    "publisher": Key(v.ident),
}


def check_told(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note too many addresses."""
    if len(fields.get("emails", ())) > EMAILS_MOST:
        place.at("emails").note(f"{len(fields['emails'])} addresses", f"at most {EMAILS_MOST}")


def check_webhook(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note what does not go together in one webhook."""
    if "buyer" in found and "publisher" in found:
        place.at("publisher").note("a publisher beside a buyer", "one of them, or neither")
    if len(fields.get("secrets", ())) > SECRETS_MOST:
        place.at("secrets").note(f"{len(fields['secrets'])} secrets", f"at most {SECRETS_MOST}")


def check_webhooks(document: Found, buyers: set[str], publishers: set[str], place: Place) -> None:
    """Note webhooks of parties that there are not."""
    for found, at in tables(document, "webhook", place):
        for name, known in (("buyer", buyers), ("publisher", publishers)):
            if isinstance(id_ := found.get(name), str):
                check_known(id_, name, known, at.at(name))
