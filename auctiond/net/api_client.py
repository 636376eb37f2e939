"""How the commands talk to a running server: its /v1 API, with errors as one readable line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import click
import httpx2
import orjson

TIMEOUT_S = 15.0  # For a person at a terminal; a network is read and stored in far less.
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
        self._url = _checked(url)
        headers = {"authorization": f"Bearer {key}"}
        self._client = httpx2.Client(headers=headers, timeout=TIMEOUT_S, transport=transport)

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
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Return the answer to one request. Raises ApiError when it is no 2xx, or none came."""
        try:
            reply = self._client.request(method, self._url + path, content=body, headers=headers)
        except httpx2.TransportError as error:
            raise ApiError(f"cannot reach {self._url}: {error or type(error).__name__}") from None
        if not reply.is_success:
            raise ApiError(_line(reply), reply.status_code)
        return reply


def api_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --url and --key of the server it talks to."""
    key = click.option(
        "--key", envvar="AUCTIOND_KEY", required=True, help="An API key [AUCTIOND_KEY]."
    )
    url = click.option(
        "--url", envvar="AUCTIOND_URL", required=True, help="The server [AUCTIOND_URL]."
    )
    return url(key(command))


def _checked(url: str) -> str:
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise ApiError(f"{url!r} is no address; one looks like https://calls.example.com") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.host in LOOPBACK):
        raise ApiError(f"{url!r} would send the key in the clear: use https:// to other machines")
    return url.rstrip("/")


def _line(reply: httpx2.Response) -> str:
    """Return an error of the server (problem+json, RFC 9457) as one line."""
    try:
        problem = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        problem = None
    told = problem if isinstance(problem, dict) else {}
    words = [str(told[name]) for name in ("title", "detail") if told.get(name)]
    return " ".join(": ".join(words or [f"the server answered {reply.status_code}"]).split())
