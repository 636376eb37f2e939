"""Files sealed in chunks: whatever is done to one is noticed."""

from __future__ import annotations

import pytest

from compliance.sealed_file import (
    CHUNK_BYTES,
    LENGTH_BYTES,
    read_length,
    seal_chunk,
    unseal_chunk,
)
from compliance.sealing import SealBroken

KEY, NONCE = bytes(32), bytes(12)


def sealed(chunk=b"hello", file="a", no=0, last=True):
    return seal_chunk(KEY, NONCE, chunk, file, no, last=last)[LENGTH_BYTES:]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES])
def test_a_chunk_comes_back(size):
    written = seal_chunk(KEY, NONCE, b"x" * size, "a", 3, last=False)
    length = read_length(written[:LENGTH_BYTES])
    assert length == len(written) - LENGTH_BYTES
    assert unseal_chunk(KEY, written[LENGTH_BYTES:], "a", 3, last=False) == b"x" * size


@pytest.mark.parametrize(("file", "no", "last"), [("b", 0, True), ("a", 1, True), ("a", 0, False)])
def test_a_chunk_that_was_moved_or_made_the_last_is_refused(file, no, last):
    with pytest.raises(SealBroken):
        unseal_chunk(KEY, sealed(), file, no, last=last)


@pytest.mark.parametrize("prefix", [b"", b"\0\0\0", bytes(4), b"\xff" * 4])
def test_a_length_that_cannot_be_is_refused(prefix):
    with pytest.raises(SealBroken):
        read_length(prefix)


def test_a_chunk_that_is_too_long_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="at most"):
        seal_chunk(KEY, NONCE, bytes(CHUNK_BYTES + 1), "a", 0, last=True)
