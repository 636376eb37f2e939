"""A request as bytes: what is the same in every ping of a buyer is written once. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address

from market.http import HttpRequest

# Only visible ASCII: no space, no control character and no line break gets into a request line.
URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]+\]|(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!\"$-~]*)?(?:#[!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t -~\x80-\xff]*")
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}  # HEAD and CONNECT frame answers otherwise.
BODY_EXPECTED = {"POST", "PUT", "PATCH"}
# They frame the message or the connection; a second one would let two readers disagree.
WIRES_OWN = {
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "expect",
    "te",
    "trailer",
}
PORT_MAX = 65535
HOST_MAX = 253  # The longest name that DNS has.


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections are kept: scheme, host and port."""

    secure: bool
    host: str  # In lower case; an IPv6 address without its brackets.
    port: int


@dataclass(frozen=True, slots=True)
class Head:
    """All of a request that does not depend on its body."""

    origin: Origin
    sized: bytes  # Up to and with "content-length: ".
    bare: bytes  # The whole request when there is no body; b"" if even that needs a length.


def write_head(method: str, url: str, headers: tuple[tuple[str, str], ...]) -> Head:
    """Return the head of a request. Raises ValueError naming the field, never its content."""
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(sorted(METHODS))}")
    match = URL.fullmatch(url)
    if match is None or not _host_exists(match["host"]):
        raise ValueError("url: expected http(s)://host[:port]/path, ASCII, encoded, no user name")
    origin = _origin(match)
    target = match["target"] or "/"
    lines = [
        f"{method} {target if target[0] == '/' else '/' + target} HTTP/1.1",
        f"host: {_host_header(match, origin)}",
    ]
    start = "\r\n".join(lines).encode("latin-1") + b"\r\n" + _header_lines(headers)
    bare = b"" if method in BODY_EXPECTED else start + b"\r\n"
    return Head(origin, start + b"content-length: ", bare)


def write_request(head: Head, body: bytes) -> bytes:
    """Return all bytes of a request, so that it leaves in one packet."""
    if not body and head.bare:
        return head.bare
    return b"%b%d\r\n\r\n%b" % (head.sized, len(body), body)


def request_bytes(request: HttpRequest) -> bytes:
    """Return what the wire sends for `request`."""
    return write_request(write_head(request.method, request.url, request.headers), request.body)


def _origin(match: re.Match[str]) -> Origin:
    secure = match["scheme"].lower() == "https"
    port = int(match["port"] or (443 if secure else 80))
    if not 0 < port <= PORT_MAX:
        raise ValueError("url: expected a port from 1 to 65535")
    return Origin(secure, match["host"].lower().strip("[]"), port)


def _host_exists(host: str) -> bool:
    if host[0] != "[":
        return len(host) <= HOST_MAX
    try:
        IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def _host_header(match: re.Match[str], origin: Origin) -> str:
    usual = origin.port == (443 if origin.secure else 80)
    return match["host"].lower() if usual else f"{match['host'].lower()}:{origin.port}"


@lru_cache(maxsize=4096)  # A carrier's are the same in every command, whose urls are not.
def _header_lines(headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [_header_line(name, value) for name, value in headers]
    if all(name.lower() != "accept-encoding" for name, _ in headers):
        lines.append("accept-encoding: identity")  # We unpack nothing: no bombs.
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def _header_line(name: str, value: str) -> str:
    if TOKEN.fullmatch(name) is None:
        raise ValueError("headers: a name has characters that no header name may have")
    if name.lower() in WIRES_OWN:
        raise ValueError(f"headers: {name} is the wire's own")
    if VALUE.fullmatch(value) is None:
        raise ValueError(f"headers: {name} has a line break, or characters beyond Latin-1")
    return f"{name}: {value}"
