"""A connection that asks one thing after the other, and hands on each answer."""

from __future__ import annotations

from collections.abc import Callable

from bench.load.cheap_http import CheapHttp


class Connection(CheapHttp):
    """One request at a time; `done` gets each body."""

    def __init__(self) -> None:
        self.done: Callable[[bytes], None] = lambda body: None

    def message(self, head: bytes, body: bytes) -> None:
        """Hand on the answer."""
        self.done(body)

    def ask(self, path: str, done: Callable[[bytes], None]) -> None:
        """Send a ping; `done` is called with the answer."""
        self.done = done
        self.transport.write(f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode())
