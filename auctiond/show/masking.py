"""Text without secrets, in whatever way they were written into it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

from buyers.filters_bytes import json_text, xml_text

MASK = "***"
# What a header of this name holds besides a scheme is a secret, in whatever way it was made.
CREDENTIALS = re.compile(r"(?im)^((?:proxy-)?authorization:[ \t]*(?:\w+[ \t]+)?)[^\n]+$")


def mask_of(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return the function that replaces the secrets in a text."""
    spelt = sorted({way for one in secrets for way in _ways(one)}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, spelt))) if spelt else None

    def mask(text: str) -> str:
        masked = pattern.sub(MASK, text) if pattern else text
        return CREDENTIALS.sub(rf"\1{MASK}", masked)

    return mask


def _ways(secret: str) -> Iterator[str]:
    if not secret:
        return
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (json_text(secret), xml_text(secret), repr(secret)[1:-1])
    yield base64.b64encode(secret.encode()).decode()
