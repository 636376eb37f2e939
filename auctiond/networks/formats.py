"""The buyers' formats the server knows: ours, and the files in the operator's own folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import trio

from auctiond.start_error import StartError
from buyers.errors import BuyerFileError
from buyers.format import BuyerFormat
from buyers.library import load_library

Mark = tuple[tuple[str, int, int], ...]  # Name, time and size of each file.


class FormatShelf(Mapping[str, BuyerFormat]):
    """The formats by name. A changed folder is read again when a network is applied.

    A folder that cannot be read as it is now changes nothing: what was read before stays.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark = _mark(folder)
        self._formats = load_library(folder)

    async def refresh(self) -> None:
        """Read the folder again if a file in it has changed. Raises BuyerFileError."""
        mark = await trio.to_thread.run_sync(_mark, self._folder)
        if mark != self._mark:
            self._formats = await trio.to_thread.run_sync(load_library, self._folder)
            self._mark = mark

    def __getitem__(self, name: str) -> BuyerFormat:
        return self._formats[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._formats)

    def __len__(self) -> int:
        return len(self._formats)


def open_shelf(folder: Path) -> FormatShelf:
    """Return the formats to start a server with. Raises StartError."""
    try:
        return FormatShelf(folder)
    except BuyerFileError as error:
        raise StartError(f"a buyer's file is refused: {error}") from None


def _mark(folder: Path) -> Mark:
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.glob("*.toml"))]
    except OSError as error:
        raise BuyerFileError(
            str(folder), "file", error.strerror or "unreadable", "a folder of files"
        ) from None
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)
