"""Recordings in a bucket, over HTTP with a server that speaks S3."""

from __future__ import annotations

import pytest

from auctiond.keys.secret import Secret
from auctiond.recording.files import seal_into, unsealed
from auctiond.recording.s3_store import S3Place, S3Store
from auctiond.recording.store import StoreError

FILE, KEY = "0190-file", bytes(32)
KEYS = {"region_name": "us-east-1", "aws_access_key_id": "id", "aws_secret_access_key": "key"}


@pytest.fixture(scope="module")
def endpoint():
    """A server on a free port, with one bucket."""
    boto3 = pytest.importorskip("boto3")  # Slow: where they are used, not at collection.
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=url, **KEYS).create_bucket(Bucket="calls")
    yield url
    server.stop()


def store_of(endpoint, bucket="calls"):
    return S3Store(S3Place(bucket, "recordings/", endpoint, "us-east-1", "id", Secret("key")))


async def source(data):
    yield data


async def opened(store):
    async with store.open(FILE) as reader:
        return b"".join([chunk async for chunk in unsealed(reader, KEY, FILE)])


async def test_a_file_goes_up_comes_back_and_is_deleted(endpoint, tmp_path):
    store, data = store_of(endpoint), bytes(range(256)) * 2400
    await seal_into(tmp_path / "spool", source(data), KEY, FILE)
    await store.put(FILE, tmp_path / "spool")
    assert not (tmp_path / "spool").exists()
    assert await opened(store) == data
    boto3 = pytest.importorskip("boto3")
    listed = boto3.client("s3", endpoint_url=endpoint, **KEYS).list_objects_v2(Bucket="calls")
    assert [one["Key"] for one in listed["Contents"]] == [f"recordings/{FILE}"]
    await store.delete(FILE)
    with pytest.raises(StoreError, match="missing"):
        await opened(store)
    await store.delete(FILE)  # What is not there is deleted without a word.


async def test_a_bucket_that_is_not_there_keeps_the_file_here(endpoint, tmp_path):
    spool = tmp_path / "spool"
    await seal_into(spool, source(b"hello"), KEY, FILE)
    with pytest.raises(StoreError):
        await store_of(endpoint, "elsewhere").put(FILE, spool)
    assert spool.exists()


async def test_a_server_that_is_away_is_told_without_its_address(tmp_path):
    spool = tmp_path / "spool"
    await seal_into(spool, source(b"hello"), KEY, FILE)
    with pytest.raises(StoreError) as told:
        await store_of("http://127.0.0.1:9").put(FILE, spool)
    assert "127.0.0.1" not in str(told.value)
