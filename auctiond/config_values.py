"""How one value of the configuration is read, and what is said when it is wrong."""

from __future__ import annotations

import math
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from auctiond.keys.secret import Secret, SecretError, is_reference, read_reference
from routing.network_notices import EMAIL

T = TypeVar("T")
Network = IPv4Network | IPv6Network
ED25519_BYTES = 32


@dataclass(frozen=True, slots=True)
class Reader(Generic[T]):
    """`read` takes what TOML gives and raises ValueError; `parse` makes that from a variable."""

    expected: str
    read: Callable[[object, Mapping[str, str]], T]
    parse: Callable[[str], object] = str
    secret: bool = False  # Its value is never shown, not even when it is wrong.


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value.strip()


def text() -> Reader[str]:
    return Reader("text", lambda value, _: _text(value))


def one_of(*choices: str) -> Reader[str]:
    def read(value: object, _: Mapping[str, str]) -> str:
        chosen = _text(value).lower()
        if chosen not in choices:
            raise ValueError
        return chosen

    return Reader("one of " + ", ".join(choice or '""' for choice in choices), read)


def path() -> Reader[Path]:
    def read(value: object, _: Mapping[str, str]) -> Path:
        if not _text(value):
            raise ValueError
        return Path(_text(value)).expanduser()

    return Reader("a path", read)


def optional_path() -> Reader[Path | None]:
    def read(value: object, _: Mapping[str, str]) -> Path | None:
        return Path(_text(value)).expanduser() if _text(value) else None

    return Reader('a path, or "" for none', read)


def whole(low: int, high: int) -> Reader[int]:
    def read(value: object, _: Mapping[str, str]) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError
        return value

    return Reader(f"a whole number from {low} to {high}", read, parse=int)


def number(low: float, high: float) -> Reader[float]:
    def read(value: object, _: Mapping[str, str]) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError
        return float(value)

    return Reader(f"a number from {low:g} to {high:g}", read, parse=float)


def address() -> Reader[str]:
    def read(value: object, _: Mapping[str, str]) -> str:
        host, colon, port = _text(value).rpartition(":")
        if not host or not colon or not port.isascii() or not port.isdigit():
            raise ValueError
        if not int(port) <= 65535 or (":" in host and not host.startswith("[")):
            raise ValueError
        return _text(value)

    return Reader('host:port, like "127.0.0.1:8080" or "[::1]:8080"', read)


def optional_address() -> Reader[str]:
    given = address()

    def read(value: object, environ: Mapping[str, str]) -> str:
        return given.read(value, environ) if _text(value) else ""

    return Reader(f'{given.expected}, or "" for none', read)


def url(*, optional: bool) -> Reader[str]:
    def read(value: object, _: Mapping[str, str]) -> str:
        written = _text(value).rstrip("/")
        if not written and optional:
            return ""
        parts = urlsplit(written)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError
        if parts.query or parts.fragment or (parts.port is not None and parts.port == 0):
            raise ValueError
        return written

    return Reader('a URL, like "https://calls.example.com", without user and query', read)


def email(*, optional: bool) -> Reader[str]:
    def read(value: object, _: Mapping[str, str]) -> str:
        return _email(value) if _text(value) or not optional else ""

    return Reader('an e-mail address, like "calls@example.com"', read)


def emails() -> Reader[tuple[str, ...]]:
    def read(value: object, _: Mapping[str, str]) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError
        return tuple(map(_email, value))

    def parse(written: str) -> object:
        return [item.strip() for item in written.split(",") if item.strip()]

    right = 'e-mail addresses, like ["ops@example.com"] (in a variable: with commas)'
    return Reader(right, read, parse=parse)


def _email(value: object) -> str:
    if not EMAIL.fullmatch(_text(value)):
        raise ValueError
    return _text(value)


def networks() -> Reader[tuple[Network, ...]]:
    def read(value: object, _: Mapping[str, str]) -> tuple[Network, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError
        return tuple(ip_network(_text(item)) for item in value)

    def parse(written: str) -> object:
        return [item.strip() for item in written.split(",") if item.strip()]

    return Reader('networks, like ["10.1.0.0/16"] (in a variable: with commas)', read, parse=parse)


def public_key() -> Reader[bytes]:
    def read(value: object, _: Mapping[str, str]) -> bytes:
        try:
            key = b64decode(_text(value), validate=True)
        except Base64Error:
            raise ValueError from None
        if len(key) not in (0, ED25519_BYTES):
            raise ValueError
        return key

    return Reader('the carrier\'s Ed25519 public key in base64 (44 characters), or ""', read)


def secret() -> Reader[Secret]:
    def read(value: object, environ: Mapping[str, str]) -> Secret:
        written = _text(value)
        if not is_reference(written):
            return Secret(written)
        try:
            return Secret(read_reference(written, environ), written)
        except SecretError as error:
            raise WrongReference(str(error)) from None

    return Reader('the secret itself, or "env:NAME" or "file:PATH"', read, secret=True)


def of_carrier(kind: str, *, needed: bool) -> Reader[Any]:
    """Return the reader of a carrier's setting."""
    readers: dict[str, Reader[Any]] = {
        "text": text(),
        "secret": secret(),
        "url": url(optional=not needed),
        "public_key": public_key(),
    }
    return readers[kind]


class WrongReference(ValueError):
    """A secret's reference leads nowhere: the message may be shown."""
