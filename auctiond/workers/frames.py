"""What workers say to each other over a unix socket, as bytes. Pure.

    length of the rest (4), number (4), length of the head (2), head as JSON, body

An answer has the number of its question and no kind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

FRAME_MAX = 16 * 1024 * 1024  # Bytes. A network of some thousand targets has one megabyte.
HEAD = struct.Struct("!IIH")


class BadFrame(Exception):
    """It is no frame of ours: the other side is broken, or somebody else."""


@dataclass(frozen=True, slots=True)
class Frame:
    no: int
    kind: str  # What is asked; "" is an answer.
    meta: Any
    body: bytes = b""


def write_frame(frame: Frame) -> bytes:
    """Return the bytes of a frame. Raises BadFrame if it is too large."""
    head = orjson.dumps([frame.kind, frame.meta])
    size = HEAD.size - 4 + len(head) + len(frame.body)
    if size > FRAME_MAX or len(head) > 0xFFFF:
        raise BadFrame(f"{size} bytes are too many for a frame")
    return HEAD.pack(size, frame.no, len(head)) + head + frame.body


class FrameReader:
    """Cuts what comes into frames."""

    def __init__(self) -> None:
        self._left = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are whole now. Raises BadFrame."""
        self._left += data
        while len(self._left) >= HEAD.size:
            size, no, head_size = HEAD.unpack_from(self._left)
            if size > FRAME_MAX or head_size > size - (HEAD.size - 4):
                raise BadFrame("the length of a frame is not possible")
            if len(self._left) < size + 4:
                return
            head = bytes(self._left[HEAD.size : HEAD.size + head_size])
            body = bytes(self._left[HEAD.size + head_size : size + 4])
            del self._left[: size + 4]
            yield _read(no, head, body)


def _read(no: int, head: bytes, body: bytes) -> Frame:
    try:
        kind, meta = orjson.loads(head)
    except (orjson.JSONDecodeError, ValueError, TypeError):
        raise BadFrame("the head of a frame is not JSON of two") from None
    if not isinstance(kind, str):
        raise BadFrame("the head of a frame has no kind")
    return Frame(no, kind, meta, body)
