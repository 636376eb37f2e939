"""Reading a network from disk: its file, and the lists and flows in the files beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection
from pathlib import Path

from market.call_flow import Flow
from market.network import Network
from routing.flows.reading import read_flow
from routing.network_file import read_network

CSV_BYTES_MOST = 8 * 1024 * 1024  # All zips with prices take one megabyte.


def read_file(file: Path, formats: Collection[str] | None) -> Network:
    """Return the network in `file`. Raises NetworkError, OSError, UnicodeDecodeError."""
    return read_network(file.read_text("utf-8"), str(file), formats, _beside(file))


def read_flows(file: Path) -> Network | Flow:
    """Return the flow in `file`, or the network, if it is one. Raises as `read_file` does."""
    text = file.read_text("utf-8")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        document = {}
    if "node" in document or "begin" in document:
        return read_flow(text, str(file))
    return read_network(text, str(file), None, _beside(file))


def _beside(file: Path) -> Callable[[str], str]:
    """Return what reads files in the folder of `file`."""

    def beside(name: str) -> str:
        path = file.parent / name
        if path.stat().st_size > CSV_BYTES_MOST:
            raise OSError(0, f"over {CSV_BYTES_MOST} bytes")
        return path.read_text("utf-8")

    return beside
