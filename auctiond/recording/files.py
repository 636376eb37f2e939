"""Sealing a stream into a file, and opening such a file again: a chunk at a time."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from auctiond.recording.store import Reader
from compliance.sealed_file import (
    CHUNK_BYTES,
    LENGTH_BYTES,
    read_length,
    seal_chunk,
    unseal_chunk,
)
from compliance.sealing import NONCE_BYTES, SealBroken

FILE_MODE = 0o600


async def seal_into(path: Path, source: AsyncIterator[bytes], key: bytes, file: str) -> int:
    """Write what `source` gives to `path`, sealed as `file`; return how much it was."""
    size, no, rest = 0, 0, bytearray()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    async with trio.wrap_file(os.fdopen(descriptor, "wb")) as written:
        async for data in source:
            size += len(data)
            rest += data
            while len(rest) > CHUNK_BYTES:  # What fills one chunk exactly may be the last.
                await written.write(_sealed(key, rest[:CHUNK_BYTES], file, no, last=False))
                del rest[:CHUNK_BYTES]
                no += 1
        await written.write(_sealed(key, rest, file, no, last=True))
    return size


async def unsealed(reader: Reader, key: bytes, file: str) -> AsyncIterator[bytes]:
    """Yield what was sealed as `file`. Raises SealBroken, at the latest at a cut-off end."""
    no, prefix = 0, await _exactly(reader, LENGTH_BYTES)
    while True:
        envelope = await _exactly(reader, read_length(prefix))
        prefix = await _exactly(reader, LENGTH_BYTES)
        yield unseal_chunk(key, envelope, file, no, last=not prefix)
        if not prefix:
            return
        no += 1


def _sealed(key: bytes, chunk: bytearray, file: str, no: int, *, last: bool) -> bytes:
    return seal_chunk(key, os.urandom(NONCE_BYTES), bytes(chunk), file, no, last=last)


async def _exactly(reader: Reader, size: int) -> bytes:
    """Return `size` bytes; b"" at the end. Raises SealBroken when the end is in between."""
    found = bytearray()
    while len(found) < size:
        data = await reader.read(size - len(found))
        if not data:
            break
        found += data
    if found and len(found) < size:
        raise SealBroken("a file that was cut off")
    return bytes(found)
