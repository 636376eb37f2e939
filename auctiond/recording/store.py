"""Where recordings lie: a small interface, and the folder that is used by default.

A store gets a file that is sealed already, and never opens one. Names are ours: an id.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import trio

FOLDER_MODE = 0o700


class StoreError(Exception):
    """The store did not do it: `reason` is "missing", "away" or what it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader(Protocol):
    async def read(self, size: int) -> bytes:
        """Return up to `size` bytes; b"" at the end. Raises StoreError."""
        ...


class Store(Protocol):
    """All that recordings need. Another kind of storage is another one of these."""

    @property
    def name(self) -> str:
        """What the rows of its recordings say."""
        ...

    async def put(self, key: str, file: Path) -> None:
        """Take over `file`: afterwards it is in the store, and nowhere else. Raises StoreError."""
        ...

    def open(self, key: str) -> AbstractAsyncContextManager[Reader]:
        """Open a file for reading. Raises StoreError."""
        ...

    async def delete(self, key: str) -> None:
        """Delete a file; nothing where there is none. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder on this machine, with a folder in it for each first byte of a name's end."""

    folder: Path
    name: str = "local"

    async def put(self, key: str, file: Path) -> None:
        """Move the file in. It is on the disk when this returns."""
        with _told():
            await trio.to_thread.run_sync(self._put, key, file)

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[Reader]:
        """Open a file."""
        with _told():
            opened = await trio.open_file(self._path(key), "rb")
        try:
            yield opened
        finally:
            with trio.CancelScope(shield=True):  # Closing a file does not wait.
                await opened.aclose()

    async def delete(self, key: str) -> None:
        """Delete a file."""
        with _told():
            await trio.Path(self._path(key)).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / key[-2:] / key

    def _put(self, key: str, file: Path) -> None:
        to = self._path(key)
        to.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        with file.open("rb") as written:
            os.fsync(written.fileno())
        file.replace(to)
        folder = os.open(to.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class _told:
    """Raise what the disk says as a StoreError."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise StoreError("missing") from None
        if isinstance(error, OSError):
            raise StoreError(error.strerror or "disk") from None
