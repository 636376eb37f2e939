"""One message of HTTP after the other, as cheaply as Python can: it knows only where one ends."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import cast


class Whole(asyncio.Protocol):
    """Tells each body, once its length has come."""

    _received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport does not call itself an asyncio.Transport, but it is one.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length or 0):
            return
        self._received = b""
        self.take(body)

    @abstractmethod
    def take(self, body: bytes) -> None:
        """Take in a message."""
