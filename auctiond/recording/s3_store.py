"""Recordings in a bucket of S3, or of anything that speaks it. boto3 works in threads.

boto3 is loaded only where a bucket is set: it takes 50 MB and half a second.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import trio

from auctiond.keys.secret import Secret
from auctiond.recording.store import Reader, StoreError

TIMEOUT_S = 20  # To connect, and between two parts of an answer.
TRIES = 3
CONNECTIONS_MAX = 8  # Files are large; a few at once fill any line.
NO_KEY = Secret("")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class S3Place:
    bucket: str
    prefix: str = ""
    endpoint: str = ""  # "": Amazon's.
    region: str = ""
    key_id: str = ""  # "": whatever the machine has (a role, ~/.aws).
    key: Secret = NO_KEY


class S3Store:
    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._lines = trio.CapacityLimiter(CONNECTIONS_MAX)
        self._client: Any = None

    @property
    def name(self) -> str:
        """What the rows of its recordings say."""
        return f"s3:{self._place.bucket}"

    async def put(self, key: str, file: Path) -> None:
        """Upload the file, and delete it here."""
        where = self._place.bucket, self._place.prefix + key
        await self._do(lambda client: client.upload_file(str(file), *where))
        await trio.Path(file).unlink(missing_ok=True)

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[Reader]:
        """Open a file."""
        found = await self._do(lambda client: client.get_object(**self._named(key)))
        body = found["Body"]
        try:
            yield _Body(self, body)
        finally:
            body.close()

    async def delete(self, key: str) -> None:
        """Delete a file."""
        await self._do(lambda client: client.delete_object(**self._named(key)))

    async def in_thread(self, fn: Callable[[], T]) -> T:
        """Return what `fn` gives, run in a thread. Raises StoreError."""
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return await trio.to_thread.run_sync(fn, limiter=self._lines, abandon_on_cancel=True)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            raise StoreError("missing" if code in ("NoSuchKey", "404") else code) from None
        except (
            Boto3Error,
            BotoCoreError,
            OSError,
        ) as error:
            raise StoreError(type(error).__name__) from None

    async def _do(self, fn: Callable[[Any], T]) -> T:
        return await self.in_thread(lambda: fn(self._ready()))

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._place.bucket, "Key": self._place.prefix + key}

    def _ready(self) -> Any:  # noqa: ANN401  boto3 makes its clients at run time.
        """Return the client, which all threads share; made at the first use."""
        if self._client is None:
            import boto3
            from botocore.config import Config

            place = self._place
            self._client = boto3.client(
                "s3",
                endpoint_url=place.endpoint or None,
                region_name=place.region or None,
                aws_access_key_id=place.key_id or None,
                aws_secret_access_key=place.key.reveal() or None,
                config=Config(
                    connect_timeout=TIMEOUT_S,
                    read_timeout=TIMEOUT_S,
                    retries={"max_attempts": TRIES, "mode": "standard"},
                    max_pool_connections=CONNECTIONS_MAX,
                ),
            )
        return self._client


class Body(Protocol):
    def read(self, size: int) -> bytes: ...


class _Body:
    """The body of an answer, read a piece at a time."""

    def __init__(self, store: S3Store, body: Body) -> None:
        self._store = store
        self._body = body

    async def read(self, size: int) -> bytes:
        return await self._store.in_thread(partial(self._body.read, size))
