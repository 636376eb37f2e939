"""An HTTP exchange as data, so that pure code can write requests and read replies."""

from __future__ import annotations

from market.value import dataclass


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    url: str  # Absolute, with its query, already encoded.
    headers: tuple[tuple[str, str], ...] = ()  # Without Host and Content-Length: the wire's.
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpReply:
    status: int
    headers: tuple[tuple[str, str], ...]  # Names in lower case.
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header `name` (lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)
