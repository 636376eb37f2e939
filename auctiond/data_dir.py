"""The server's folder: made when it is missing, and used by one server at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auctiond.start_error import StartError


@contextmanager
def own_data_dir(path: Path) -> Iterator[None]:
    """Hold the folder while the block lasts. Raises StartError when another server does."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"data_dir: {path}: cannot be used: {error.strerror}") from None
    try:  # The lock goes when we go, however we go; the file stays.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    except BlockingIOError:
        pid = os.read(descriptor, 20).decode(errors="replace").strip()
        raise StartError(
            f"data_dir: {path}: another auctiond (pid {pid or 'unknown'}) runs on this folder; "
            "stop it first, or give this one a data_dir of its own"
        ) from None
    finally:
        os.close(descriptor)
