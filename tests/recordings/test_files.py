"""A recording on its way to the disk and back: sealed, whole, and nobody else's."""

from __future__ import annotations

import pytest

from auctiond.recording.fetching import type_of
from auctiond.recording.files import seal_into, unsealed
from auctiond.recording.link import Link, read_link, write_link
from auctiond.recording.store import FolderStore, StoreError
from compliance.sealed_file import CHUNK_BYTES
from compliance.sealing import SealBroken
from market.ids import id_at
from tests.pg.stores import VAULT

KEY, FILE = bytes(32), "0190-file"
ID = id_at(1_767_715_200_000, b"recording")


async def pieces(data, size=100_000):
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def opened(store, key=KEY, file=FILE):
    async with store.open(FILE) as reader:
        return b"".join([chunk async for chunk in unsealed(reader, key, file)])


async def stored(tmp_path, data):
    store, spool = FolderStore(tmp_path / "kept"), tmp_path / "spool.part"
    assert await seal_into(spool, pieces(data), KEY, FILE) == len(data)
    assert spool.stat().st_mode & 0o777 == 0o600
    await store.put(FILE, spool)
    assert not spool.exists()
    return store


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES, 700_001])
async def test_what_was_sealed_comes_back_whole(tmp_path, size):
    data = bytes(n % 251 for n in range(size))
    assert await opened(await stored(tmp_path, data)) == data


async def test_nothing_of_it_can_be_read_on_the_disk(tmp_path):
    store = await stored(tmp_path, b"my number is 512 555 0100 " * 100)
    (file,) = (path for path in store.folder.rglob("*") if path.is_file())
    assert b"512 555" not in file.read_bytes()


async def test_another_key_or_another_file_opens_nothing(tmp_path):
    store = await stored(tmp_path, b"hello")
    for key, file in ((b"1" * 32, FILE), (KEY, "0190-other")):
        with pytest.raises(SealBroken):
            await opened(store, key, file)


@pytest.mark.parametrize("how", ["end", "begin", "swap", "chunk"])
async def test_a_file_that_was_cut_or_shuffled_is_noticed(tmp_path, how):
    store = await stored(tmp_path, bytes(2 * CHUNK_BYTES + 5))
    (file,) = (path for path in store.folder.rglob("*") if path.is_file())
    whole, one = file.read_bytes(), 4 + 31 + CHUNK_BYTES
    cut = {
        "end": whole[:-1],
        "begin": whole[one:],
        "swap": whole[one : 2 * one] + whole[:one] + whole[2 * one :],
        "chunk": whole[: 2 * one],  # At the edge of a chunk: the last one is missing.
    }
    file.write_bytes(cut[how])
    with pytest.raises(SealBroken):
        await opened(store)


async def test_a_file_that_is_not_there_is_told_and_deleted_without_a_word(tmp_path):
    store = FolderStore(tmp_path)
    with pytest.raises(StoreError, match="missing"):
        await opened(store)
    await store.delete(FILE)


@pytest.mark.parametrize(
    ("head", "type_"),
    [
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"ID3\x04\0\0\0\0\0\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"<html><body>Error", ""),
        (b"RIFF\x24\0\0\0AVI fmt ", ""),
        (b"", ""),
    ],
)
def test_what_a_file_is_by_its_first_bytes(head, type_):
    assert type_of(head[:12]) == type_


def sign(text):
    return VAULT.sign("recording link", text)


def is_ours(text, signature):
    return VAULT.has_signed("recording link", text, signature)


def test_a_link_says_what_it_is_for_and_cannot_be_changed():
    link = Link(ID, "0a0b0c0d0e0f1011", 1_767_715_260_000)
    token = write_link(link, sign)
    assert read_link(token, is_ours) == link
    for at in range(0, len(token), 7):
        other = "A" if token[at] != "A" else "B"
        assert read_link(token[:at] + other + token[at + 1 :], is_ours) is None
    for wrong in ("", "x" * 83, token[:-3], token + "AAAA", "\u00e9" * 83):
        assert read_link(wrong, is_ours) is None


def test_a_signature_of_another_kind_is_no_link():
    token = write_link(Link(ID, "0a0b0c0d0e0f1011", 1), lambda text: VAULT.sign("other", text))
    assert read_link(token, is_ours) is None
