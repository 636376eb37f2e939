"""One kept connection to a buyer: a request goes out, a whole answer comes in.

The socket is a plain non-blocking one, or an SSLSocket, which reads and writes alike. Nobody
waits here: the watch calls when there is something to read, and who asked is told the outcome.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ssl import SSLEOFError, SSLError, SSLWantReadError, SSLWantWriteError

from auctiond.net.errors import WireError
from auctiond.net.parser import AnswerParser
from auctiond.net.watch import Watch
from market.http import HttpReply

RECEIVE_BYTES = 16 * 1024  # One TLS record: so OpenSSL never keeps bytes that we do not wait for.
# A TLS write that wants to read would be a renegotiation, which we refuse: it is not waited for.
NOTHING_YET = (BlockingIOError, SSLWantReadError)
CANNOT_SEND_YET = (BlockingIOError, SSLWantWriteError)

Outcome = HttpReply | WireError
Done = Callable[[Outcome], None]


class Connection:
    """A socket, and the parser of what it says. One exchange at a time."""

    __slots__ = ("_done", "_file", "_parser", "_rest", "_socket", "_watch", "closed",
                 "idle_since_s", "reusable")  # fmt: skip

    def __init__(self, connected: socket.socket, watch: Watch) -> None:
        self._socket = connected
        self._file = connected.fileno()
        self._parser = AnswerParser()
        self._done: Done | None = None
        self._rest = memoryview(b"")
        self._watch = watch
        self.closed = False
        self.idle_since_s = 0.0
        self.reusable = False  # Whether the last answer left it fit for another request.
        watch.add(self._file, self._ready)

    def start(self, request: bytes, done: Done) -> None:
        """Send `request`; `done` is called once with the outcome, unless this is closed before."""
        self.reusable = False
        self._parser.begin()
        self._done = done
        try:
            sent = self._socket.send(request)
        except CANNOT_SEND_YET:
            sent = 0
        except OSError as error:
            return self._end(_wire_error(error))
        if sent != len(request):
            self._rest = memoryview(request)[sent:]
            self._watch.also_writing(self._file, self._ready, True)
        return None

    def close(self) -> None:
        """Close at once, without a word: a polite TLS farewell could block."""
        if not self.closed:
            self.closed = True
            self._done = None
            self._watch.drop(self._file)
            self._socket.close()

    def _ready(self) -> None:
        if self.closed:
            return  # By who was called before us in the same look.
        if self._done is None:
            return self.close()  # Unasked, a farewell or a late answer: it ends its use.
        outcome: Outcome | None
        try:
            if self._rest:
                self._send_rest()
            data = self._socket.recv(RECEIVE_BYTES)
            if data:
                self._parser.feed(data)
            outcome = self._parser.reply if data else self._parser.end()
        except NOTHING_YET:
            return None
        except OSError as error:
            outcome = _wire_error(error)
        except WireError as error:
            outcome = error
        if outcome is not None:
            self._end(outcome)
        return None

    def _end(self, outcome: Outcome) -> None:
        self.reusable = self._parser.keep and not self._rest
        done, self._done = self._done, None
        if done is not None:
            done(outcome)

    def _send_rest(self) -> None:
        """Send what the kernel had no room for."""
        try:
            self._rest = self._rest[self._socket.send(self._rest) :]
        except CANNOT_SEND_YET:
            return
        if not self._rest:
            self._watch.also_writing(self._file, self._ready, False)


def _wire_error(error: OSError) -> WireError:
    if isinstance(error, SSLError) and not isinstance(error, SSLEOFError):
        return WireError("tls_error", error.reason or "")
    return WireError("dropped", error.strerror or "")
