"""A file sealed in chunks, so that no more than one of them is ever in memory. Pure.

Each chunk is sealed for its file, its number and whether it is the last: none can be left out,
moved, repeated, or cut off at the end without the reader noticing. On disk each stands behind its
length.
"""

from __future__ import annotations

from compliance.sealing import HEAD_BYTES, NONCE_BYTES, TAG_BYTES, SealBroken, place, seal, unseal

CHUNK_BYTES = 256 * 1024  # Of plain text: a fraction of a millisecond to seal.
LENGTH_BYTES = 4
OVERHEAD_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES
ENVELOPE_MAX = CHUNK_BYTES + OVERHEAD_BYTES


def seal_chunk(key: bytes, nonce: bytes, chunk: bytes, file: str, no: int, *, last: bool) -> bytes:
    """Return a chunk as it stands in the file. `key` is of this file alone."""
    if len(chunk) > CHUNK_BYTES:
        raise ValueError(f"a chunk has at most {CHUNK_BYTES} bytes")
    envelope = seal(key, nonce, chunk, _place(file, no, last))
    return len(envelope).to_bytes(LENGTH_BYTES, "big") + envelope


def read_length(prefix: bytes) -> int:
    """Return how long the envelope is that follows. Raises SealBroken."""
    length = int.from_bytes(prefix, "big")
    if len(prefix) != LENGTH_BYTES or not OVERHEAD_BYTES <= length <= ENVELOPE_MAX:
        raise SealBroken("a file that was cut off, or is none of ours")
    return length


def unseal_chunk(key: bytes, envelope: bytes, file: str, no: int, *, last: bool) -> bytes:
    """Return what was sealed as that chunk of that file. Raises SealBroken."""
    return unseal(key, envelope, _place(file, no, last))


def _place(file: str, no: int, last: bool) -> bytes:
    return place("recording", file, str(no), "last" if last else "more")
