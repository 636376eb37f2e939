"""How the commands talk to a running server: its /v1 API, with errors for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

import click
import httpx2
import orjson

TIMEOUT_S = 15.0  # For a person at a terminal; a network is read and stored in far less.
PLAIN = ("refused", "not done", "not settled")  # Titles of which the detail says what was.
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class ApiError(click.ClickException):
    """The server said no, or was not reached. The message is for people."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status  # Of HTTP; 0: there was no answer.


class ApiClient:
    """A client of one server; use it in a `with`."""

    def __init__(self, url: str, key: str, transport: httpx2.BaseTransport | None = None) -> None:
        """`transport` is for tests. Raises ApiError for an address that would leak the key."""
        self._url = url.rstrip("/")
        is_near = is_loopback(url)
        self._client = httpx2.Client(
            headers={"authorization": f"Bearer {_sendable(key)}"},
            timeout=TIMEOUT_S,
            transport=transport,
            trust_env=not is_near,  # A proxy of the environment has no business on this machine.
        )

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Return the answer to one request. Raises ApiError when it is no 2xx, or none came."""
        url = self._url + path
        try:
            reply = self._client.request(method, url, content=body, headers=headers, params=query)
        except httpx2.TimeoutException:
            raise ApiError(f"the server at {self._url} took over {TIMEOUT_S:.0f} s") from None
        except httpx2.ConnectError:
            raise ApiError(
                f"the server at {self._url} does not answer; is `auctiond serve` running?"
            ) from None
        except httpx2.TransportError as error:
            raise ApiError(f"cannot talk to {self._url}: {error or type(error).__name__}") from None
        if not reply.is_success:
            raise ApiError(_told(reply), reply.status_code)
        return reply

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401  JSON is anything.
        """Return the JSON at `path`."""
        return self._json(self.send("GET", path, query=query))

    def post(self, path: str, body: Mapping[str, object], once: str = "") -> Any:  # noqa: ANN401
        """Send JSON, and return the JSON that answers it. The same `once` twice is done once."""
        headers = {"content-type": "application/json"}
        headers |= {"idempotency-key": once} if once else {}
        return self._json(self.send("POST", path, body=orjson.dumps(body), headers=headers))

    def put(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401
        """Send JSON to put in place of what there is, and return the JSON that answers it."""
        headers = {"content-type": "application/json"}
        return self._json(self.send("PUT", path, body=orjson.dumps(body), headers=headers))

    def delete(self, path: str) -> Any:  # noqa: ANN401
        """Have something gone, and return the JSON that answers it."""
        return self._json(self.send("DELETE", path))

    def _json(self, reply: httpx2.Response) -> Any:  # noqa: ANN401
        try:
            return orjson.loads(reply.content)
        except orjson.JSONDecodeError:
            raise ApiError(f"what answers at {self._url} is no auctiond") from None


def is_loopback(url: str) -> bool:
    """Tell whether `url` is this machine. Raises ApiError where a key may not be sent at all."""
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise ApiError(f"{url!r} is no address; one looks like https://calls.example.com") from None
    is_near = parts.scheme in ("http", "https") and parts.host in LOOPBACK
    if not parts.host or not (is_near or parts.scheme == "https"):
        raise ApiError(f"{url!r} would send the key in the clear: use https:// to other machines")
    return is_near


def _sendable(key: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ApiError("the key has characters in it that no key has; was it pasted whole?")
    return key


def _told(reply: httpx2.Response) -> str:
    """Return an error of the server (problem+json, RFC 9457) as a line, and one for each part."""
    try:
        problem = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        problem = None
    told = problem if isinstance(problem, dict) else {}
    title, detail = str(told.get("title") or ""), str(told.get("detail") or "")
    if title in PLAIN or detail.startswith(f"{title}:"):  # It says nothing more.
        title = ""
    words = [each for each in (title, detail) if each]
    line = " ".join(": ".join(words or [f"the server answered {reply.status_code}"]).split())
    parts = told.get("problems")
    return "\n  ".join([line, *map(str, parts if isinstance(parts, list) else ())])
