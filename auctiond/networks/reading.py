"""Reading a network from disk: its file, and the lists in the CSV files beside it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from market.network import Network
from routing.network_file import read_network

CSV_BYTES_MOST = 8 * 1024 * 1024  # All zips with prices take one megabyte.


def read_file(file: Path, formats: Collection[str] | None) -> Network:
    """Return the network in `file`. Raises NetworkError, OSError, UnicodeDecodeError."""

    def beside(name: str) -> str:
        path = file.parent / name
        if path.stat().st_size > CSV_BYTES_MOST:
            raise OSError(0, f"over {CSV_BYTES_MOST} bytes")
        return path.read_text("utf-8")

    return read_network(file.read_text("utf-8"), str(file), formats, beside)
