"""The line from one worker to another: many questions at once, each with an answer."""

from __future__ import annotations

from typing import Any

import trio

from auctiond.workers.frames import BadFrame, Frame, FrameReader, write_frame

RECEIVE_BYTES = 64 * 1024
ASKED_MAX = 4096  # Questions under way. More is a worker that has stopped answering.
UNSENT_MAX = 64 * 1024 * 1024  # Bytes of questions that it does not take: it is stuck.
CONNECT_S = 2.0  # On one machine it is there at once, or it is gone.


class PeerAway(Exception):
    """The other worker cannot be asked, or did not answer."""


class _Asked:
    __slots__ = ("answer", "done")

    def __init__(self) -> None:
        self.done = trio.Event()
        self.answer: Frame | None = None


class Link:
    """Connects when the first question comes; once it is broken, all that is asked is PeerAway."""

    def __init__(self, path: str, nursery: trio.Nursery) -> None:
        self._path = path
        self._nursery = nursery  # The fleet's: it outlives every call.
        self._asked: dict[int, _Asked] = {}
        self._no = 0
        self._out = bytearray()
        self._news = trio.Event()
        self._scope: trio.CancelScope | None = None
        self.is_broken = False

    async def ask(self, kind: str, meta: Any, body: bytes = b"") -> Frame:  # noqa: ANN401
        """Return the answer to a question. Raises PeerAway. The caller sets the deadline."""
        if self.is_broken or len(self._asked) >= ASKED_MAX or len(self._out) >= UNSENT_MAX:
            raise PeerAway
        self._no += 1
        no, asked = self._no, _Asked()
        try:
            self._out += write_frame(Frame(no, kind, meta, body))
        except BadFrame as error:
            raise PeerAway(str(error)) from None
        self._asked[no] = asked
        self._news.set()
        if self._scope is None:
            self._scope = trio.CancelScope()
            self._nursery.start_soon(self._run)
        try:
            await asked.done.wait()
        finally:
            self._asked.pop(no, None)
        if asked.answer is None:
            raise PeerAway
        return asked.answer

    def close(self) -> None:
        """Break the line: the other worker is gone."""
        self.is_broken = True
        if self._scope is not None:
            self._scope.cancel()

    async def _run(self) -> None:
        assert self._scope is not None
        try:
            with self._scope:
                with trio.fail_after(CONNECT_S):
                    stream = await trio.open_unix_socket(self._path)
                async with stream, trio.open_nursery() as nursery:
                    nursery.start_soon(self._send, stream)
                    await self._receive(stream)
                    nursery.cancel_scope.cancel()
        except* (OSError, trio.BrokenResourceError, trio.TooSlowError, BadFrame):
            pass  # Who asked is told; the supervisor tells when there is another.
        finally:
            self.is_broken = True
            for asked in self._asked.values():
                asked.done.set()

    async def _send(self, stream: trio.SocketStream) -> None:
        while True:
            while not self._out:
                self._news = trio.Event()
                await self._news.wait()
            data, self._out = self._out, bytearray()
            await stream.send_all(data)

    async def _receive(self, stream: trio.SocketStream) -> None:
        reader = FrameReader()
        while data := await stream.receive_some(RECEIVE_BYTES):
            for frame in reader.feed(data):
                asked = self._asked.get(frame.no)
                if asked is not None:
                    asked.answer = frame
                    asked.done.set()
