"""Whether Twilio sent a webhook: its signature over our address and all parameters. Pure.

https://www.twilio.com/docs/usage/security#validating-requests, and, for shared keys and their
other hash, twilio-python 9.13.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest, digest
from urllib.parse import parse_qs, parse_qsl, urlsplit

FIELDS_MAX = 200  # A first webhook has about 40.
SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"  # Names the hash, where a shared key signs.
HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
PORTS = {"https": 443, "http": 80}


def is_genuine(url: str, body: bytes, headers: Mapping[str, str], token: str) -> bool:
    """Tell whether Twilio sent `body` to `url`. An unknown way of signing proves nothing."""
    hash_ = HASHES.get(_algorithm(headers.get(SETTINGS, "")))
    params = _params(url, body, headers.get("content-type", ""))
    if hash_ is None or params is None or not token:
        return False
    given = headers.get(SIGNATURE, "").encode()
    # Twilio signs with the port or without, and does not say which.
    fits = [compare_digest(sign(each, params, token, hash_), given) for each in _written(url)]
    return any(fits)


def sign(url: str, params: Iterable[tuple[str, str]], token: str, hash_: str = "sha1") -> bytes:
    """Return the signature of a request to `url` with these parameters."""
    signed = url + "".join(name + value for name, value in sorted(set(params)))
    return b64encode(digest(token.encode(), signed.encode(), hash_))


def _params(url: str, body: bytes, kind: str) -> list[tuple[str, str]] | None:
    """Return the parameters that are signed; None if the body is not what its hash says."""
    hashes = parse_qs(urlsplit(url).query).get("bodySHA256")
    if hashes and not kind.startswith("application/x-www-form-urlencoded"):
        fits = compare_digest(sha256(body).hexdigest().encode(), hashes[0].encode())
        return [] if fits else None
    try:
        return read_form(body)
    except ValueError:
        return None


def read_form(body: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a form. Raises ValueError."""
    written = body.decode("ascii")
    return parse_qsl(written, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")


def _algorithm(settings: str) -> str:
    told = dict(part.strip().partition("=")[::2] for part in settings.split(","))
    return told.get("algorithm", "").strip().upper() or "HMAC_SHA1"


def _written(url: str) -> list[str]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.port is not None:
        return [url, parts._replace(netloc=host.rpartition(":")[0]).geturl()]
    return [url, parts._replace(netloc=f"{host}:{PORTS.get(parts.scheme, 443)}").geturl()]
