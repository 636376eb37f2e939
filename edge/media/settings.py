"""What the switch is told when it starts: one TOML file, read once, refused whole."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

# The SIP stack hands over sixteen; From, To and their short names, and the attestation are five.
HEADERS_MAX = 11
HEADERS = ("X-Bid-Id", "X-Lead-Name", "X-Lead-Email", "X-Lead-Phone", "X-Lead-Street", "X-Lead-Zip")
ADDRESS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})", re.ASCII)
PORTS = re.compile(r"(\d{1,5})-(\d{1,5})", re.ASCII)
HEADER = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)
TRUNK_PREFIX = re.compile(r"\+\d{0,15}", re.ASCII)
ENV, FILE = "env:", "file:"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadSettings(Exception):
    """The file is wrong: one line for each problem."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """Where numbers with a prefix are rung: "{number}" in `to` becomes the number."""

    prefix: str
    to: str


@dataclass(frozen=True, slots=True)
class Settings:
    """docs/sip.md explains each key; a test compares the two."""

    hooks: str  # The server's /hooks/telnyx.
    api_key: str = field(repr=False)
    data_dir: Path = Path("edge-data")
    private_key_file: Path | None = None  # Signs webhooks; made at the first start.
    listen: str = "127.0.0.1:8088"  # The API. Whoever reaches it, with the key, can ring anybody.
    url: str = ""  # Where the server reaches the API; "": at `listen`.
    sip_listen: str = "127.0.0.1:5060"
    rtp_ports: str = "20000-29999"
    calls_max: int = 100  # Legs. More are refused as busy.
    ring_s_min: int = 5  # A shorter ring is made so long.
    first_command_s: float = 4.0  # A call that the server says nothing of goes to the overflow.
    overflow: str = ""
    voice: tuple[str, ...] = ("espeak-ng", "-v", "{language}", "-s", "150", "--stdout")
    headers: tuple[str, ...] = HEADERS
    attestation_header: str = ""
    audio_networks: tuple[Network, ...] = ()  # Private ones that recordings may be fetched from.
    trunks: tuple[Trunk, ...] = ()

    @property
    def key_path(self) -> Path:
        """Where the key is that signs webhooks."""
        return self.private_key_file or self.data_dir / "edge.key"

    @property
    def sip_host(self) -> str:
        """The address that callers reach."""
        return self.sip_listen.rpartition(":")[0]

    def uri_of(self, destination: str) -> str:
        """Return the SIP address of a number, by the longest prefix; "" if no trunk takes it."""
        if destination.lower().startswith(("sip:", "sips:")):
            return destination
        taken = [trunk for trunk in self.trunks if destination.startswith(trunk.prefix)]
        best = max(taken, key=lambda trunk: len(trunk.prefix), default=None)
        return best.to.replace("{number}", destination) if best is not None else ""


def load_settings(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in the file at `path`. Raises BadSettings."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: not TOML: {error}") from None
    problems: list[str] = []
    found: dict[str, Any] = {}
    trunks = told.pop("trunk", [])
    for key, value in told.items():
        try:
            found[key] = _read(key, value, environ)
        except ValueError as error:
            problems.append(f"{path}: {key}: {error}")
    try:
        found["trunks"] = _trunks(trunks)
    except ValueError as error:
        problems.append(f"{path}: trunk: {error}")
    problems += [f"{path}: {key}: it has to be there" for key in NEEDED if key not in told]
    if problems:
        raise BadSettings("\n".join(problems))
    return Settings(**found)


NEEDED = ("hooks", "api_key")
WHOLE = {"calls_max": range(1, 2001), "ring_s_min": range(1, 61)}
KEYS = frozenset(one.name for one in fields(Settings)) - {"trunks"}


def _read(key: str, value: object, environ: Mapping[str, str]) -> object:
    if key not in KEYS:
        raise ValueError("there is no such key")
    if key in WHOLE:
        allowed = WHOLE[key]
        if type(value) is not int or value not in allowed:
            raise ValueError(f"expected a whole number from {allowed[0]} to {allowed[-1]}")
        return value
    match key, value:
        case "first_command_s", int() | float() if 0.5 <= value <= 60:
            return float(value)
        case "first_command_s", _:
            raise ValueError("expected seconds from 0.5 to 60")
        case "audio_networks", list():
            return tuple(_network(one) for one in value)
        case "headers" | "voice", list() if all(isinstance(one, str) for one in value):
            return _headers(value) if key == "headers" else tuple(value)
        case "headers" | "voice" | "audio_networks", _:
            raise ValueError("expected a list of texts")
        case _, str():
            return _text(key, value, environ)
    raise ValueError("expected a text")


def _text(key: str, value: str, environ: Mapping[str, str]) -> object:
    match key:
        case "data_dir" | "private_key_file":
            return Path(value)
        case "api_key":
            return _secret(value, environ)
        case "listen" | "sip_listen":
            return _address(value)
        case "rtp_ports":
            return _ports(value)
        case "hooks" | "url" if not value.startswith(("http://", "https://")):
            raise ValueError("expected an address that begins with http:// or https://")
        case "overflow" if value and not value.startswith("sip:"):
            raise ValueError('expected a SIP address such as "sip:desk@10.0.0.9"')
        case "attestation_header" if value and not HEADER.fullmatch(value):
            raise ValueError("expected the name of a header")
    return value


def _secret(value: str, environ: Mapping[str, str]) -> str:
    found = value
    if value.startswith(ENV):
        found = environ.get(value.removeprefix(ENV), "")
    elif value.startswith(FILE):
        try:
            found = Path(value.removeprefix(FILE)).read_text().strip()
        except OSError as error:
            raise ValueError(f"the file cannot be read: {error.strerror}") from None
    if not found or not found.isascii() or not found.isprintable() or " " in found:
        raise ValueError('expected a key, or "env:NAME" or "file:PATH" of one')
    return found


def _address(value: str) -> str:
    match = ADDRESS.fullmatch(value)
    try:
        if match and int(match[2]) < 65536:
            ipaddress.IPv4Address(match[1])
            return value
    except ValueError:
        pass
    raise ValueError(f'expected an IPv4 address and a port such as "10.0.0.5:5060", not {value!r}')


def _ports(value: str) -> str:
    match = PORTS.fullmatch(value)
    if match and 1024 <= int(match[1]) < int(match[2]) < 65536:
        return value
    raise ValueError(f'expected ports such as "20000-29999", not {value!r}')


def _headers(value: list[str]) -> tuple[str, ...]:
    if len(value) > HEADERS_MAX or not all(HEADER.fullmatch(one) for one in value):
        raise ValueError(f"expected at most {HEADERS_MAX} names of headers")
    return tuple(value)


def _network(value: object) -> Network:
    try:
        return ipaddress.ip_network(str(value))
    except ValueError:
        raise ValueError(f'expected networks such as "10.1.0.0/16", not {value!r}') from None


def _trunks(value: object) -> tuple[Trunk, ...]:
    if not isinstance(value, list):
        raise ValueError('expected [[trunk]] tables with "prefix" and "to"')
    found: list[Trunk] = []
    for one in value:
        match one:
            case {"prefix": str(prefix), "to": str(to), **rest} if not rest:
                if not TRUNK_PREFIX.fullmatch(prefix):
                    raise ValueError(
                        f'prefix: expected a number\'s beginning, "+1", not {prefix!r}'
                    )
                if not to.startswith(("sip:", "sips:")):
                    raise ValueError(f"to: expected sip:{{number}}@HOST, not {to!r}")
                found.append(Trunk(prefix, to))
            case _:
                raise ValueError('expected "prefix" and "to", and nothing else')
    return tuple(found)
