"""HTTP as a load generator needs it: messages with a length, cut out of what comes, and no more."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import cast

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n"
TAKEN = OK + b'{"data":{"result":"ok"}}   '
ALIVE = OK + b'{"data":{"is_alive":true}} '


class CheapHttp(asyncio.Protocol):
    _left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport does not call itself an asyncio.Transport, but it is one.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._left += data
        while True:
            head, end, rest = self._left.partition(b"\r\n\r\n")
            if not end:
                return
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].partition(b"\r\n")[0]) if at >= 0 else 0
            if len(rest) < length:
                return
            self._left = rest[length:]
            self.message(head, rest[:length])

    @abstractmethod
    def message(self, head: bytes, body: bytes) -> None:
        """Take one whole message."""
