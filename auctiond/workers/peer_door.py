"""Where the other workers come in: each question goes to the handler of its kind."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio

from actors.shelter import Shelter
from auctiond.workers.frames import BadFrame, Frame, FrameReader, write_frame
from auctiond.workers.link import RECEIVE_BYTES

BACKLOG = 64  # Workers; there are fewer.
UNSENT_MAX = 64 * 1024 * 1024  # Bytes of answers that another worker does not take: it is stuck.


class Answer:
    """What a handler says: anything JSON, and bytes."""

    __slots__ = ("body", "meta")

    def __init__(self, meta: Any = None, body: bytes = b"") -> None:  # noqa: ANN401
        self.meta = meta
        self.body = body


Handler = Callable[[Any, bytes], Awaitable[Answer]]
Handlers = Mapping[str, Handler]


@asynccontextmanager
async def open_peer_door(
    path: str, handlers: Handlers, shelter: Callable[[], Shelter]
) -> AsyncIterator[None]:
    """Listen on the unix socket `path` while the block lasts."""
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path)
        bound.listen(BACKLOG)
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(bound.dup()))
        serve = partial(_serve, handlers, shelter)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, serve, [listener])
            try:
                yield
            finally:
                nursery.cancel_scope.cancel()
                os.unlink(path)


async def _serve(
    handlers: Handlers, shelter: Callable[[], Shelter], stream: trio.SocketStream
) -> None:
    back = _Back(stream)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(back.run)
            reader = FrameReader()
            while data := await stream.receive_some(RECEIVE_BYTES):
                for frame in reader.feed(data):
                    shelter().start(f"peer {frame.kind}", partial(back.answer, handlers, frame))
            nursery.cancel_scope.cancel()
    except* (trio.BrokenResourceError, BadFrame):
        pass  # It is gone, or broken: it comes again, or its supervisor sees to it.


class _Back:
    """The way back to one worker."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._out = bytearray()
        self._news = trio.Event()

    async def run(self) -> None:
        """Send answers, for ever."""
        while True:
            while not self._out:
                self._news = trio.Event()
                await self._news.wait()
            data, self._out = self._out, bytearray()
            await self._stream.send_all(data)

    async def answer(self, handlers: Handlers, frame: Frame) -> None:
        """Answer one question."""
        answer = await handlers[frame.kind](frame.meta, frame.body)
        try:
            data = write_frame(Frame(frame.no, "", answer.meta, answer.body))
        except BadFrame:
            data = write_frame(Frame(frame.no, "", {"too_large": True}))
        if len(self._out) < UNSENT_MAX:
            self._out += data
            self._news.set()
