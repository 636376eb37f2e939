"""Is a webhook jambonz'? Pure. https://docs.jambonz.org."""

from __future__ import annotations

import re
from hmac import compare_digest, digest
from urllib.parse import parse_qs

from telephony._carrier import Webhook
from telephony._marks import is_ours

SIGNATURE = "jambonz-signature"
SECONDS = re.compile(r"\d{1,12}", re.ASCII)
TOLERANCE_S = 300  # As jambonz' own libraries have it.


def is_genuine(webhook: Webhook, secret: str) -> bool:
    """Tell whether jambonz sent it just now: t=SECONDS,v1=HMAC-SHA256 of "SECONDS.BODY" in hex.

    The address is not signed by that. So those that we gave it have to bear a signature of ours: a
    body that was caught and is sent to another address of ours is refused. Sent to its own, it is
    the same webhook again, and counts once.
    """
    parts = webhook.headers.get(SIGNATURE, "").split(",")
    told = dict(part.strip().partition("=")[::2] for part in parts)
    signed_s, given = told.get("t", ""), told.get("v1", "")
    if not secret or not SECONDS.fullmatch(signed_s) or not given.isascii():
        return False
    if abs(webhook.received_ms / 1000 - int(signed_s)) > TOLERANCE_S:
        return False
    signed = signed_s.encode() + b"." + webhook.body
    if not compare_digest(digest(secret.encode(), signed, "sha256").hex(), given):
        return False
    return _is_of_portal(webhook.query) or is_ours(webhook.query, secret)


def _is_of_portal(query: str) -> bool:
    """Tell whether an address is one that people write into the portal: it can bear no signature.

    Behind those a body, sent once more, tells nothing new: which leg it is about, it says itself.
    """
    named = parse_qs(query)
    return "c" not in named and named.get("k", ["status"]) == ["status"]
