"""Sign a request: an HMAC over its time, body and path, as the buyer's file says. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from buyers.encode import form_body, with_query
from buyers.errors import Unmapped
from buyers.filters import Value, text
from buyers.filters_bytes import base64url, keyed
from buyers.format import SignForm
from buyers.template import Scope, prepare, prepare_text
from market.http import HttpRequest

REQUEST_WORDS = ("body", "method", "path", "query", "target")  # For what is signed.
SIGNATURE = "signature"  # For where the signature goes.

WRITTEN: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda raw: base64.b64encode(raw).decode(),
    "base64url": base64url,
}

Signer = Callable[[HttpRequest, Scope], HttpRequest]


def signer(form: SignForm, known: Mapping[str, str]) -> Signer:
    """Return the function that signs a request. Raises ValueError for a key that is none."""
    digest = keyed(form.hash, _key(form, known))
    over = prepare_text(form.over, known, None, None)
    headers = [(name, prepare(template, known)) for name, template in form.headers]
    query = form_body(form.query, known)

    def sign(request: HttpRequest, scope: Scope) -> HttpRequest:
        raw = digest(over({**scope, **_words(request)}).encode())
        signed = {
            **scope,
            SIGNATURE: WRITTEN[form.write](raw),
        }
        more = [
            (name, sendable(name, said))
            for name, said_of in headers
            if (said := said_of(signed)) is not None
        ]
        url = with_query(request.url, query(signed))
        return replace(request, url=url, headers=(*request.headers, *more))

    return sign


def sendable(name: str, value: Value) -> str:
    """Return a header's value; a line end in it would start a header of its own."""
    line = text(value)
    if not line.isascii() or not line.isprintable():
        raise Unmapped(name)
    return line


def _key(form: SignForm, known: Mapping[str, str]) -> bytes:
    key = text(prepare(form.key, known)({}) or "")
    try:
        if form.key_as == "hex":
            return bytes.fromhex(key)
        return base64.b64decode(key, validate=True) if form.key_as == "base64" else key.encode()
    except (ValueError, binascii.Error):
        raise ValueError(f"the signing key is not {form.key_as}") from None


def _words(request: HttpRequest) -> dict[str, str]:
    parts = urlsplit(request.url)
    path = parts.path or "/"
    return {
        "body": request.body.decode(),
        "method": request.method,
        "path": path,
        "query": parts.query,
        "target": f"{path}?{parts.query}" if parts.query else path,
    }
