"""Fetching one recording from its carrier, straight into a sealed file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import trio

from auctiond.keys.vault import Vault
from auctiond.net.media_link import MediaError, MediaLink
from auctiond.pg.people import People
from auctiond.pg.recordings import RecordingRow
from auctiond.recording.files import seal_into
from compliance.sealing import SealBroken
from market.http import HttpRequest
from market.phone import RecordingSaved

FETCH_S = 600.0  # Half a gigabyte at one megabyte a second, nearly.
HEAD_BYTES = 12  # As many as tell what a file is.


class Lost(Exception):
    """It will never be there: `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYet(Exception):
    """It could not be had now: `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    file: Path
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Fetcher:
    media: MediaLink
    people: People
    vault: Vault
    spool: Path
    ask: Callable[[RecordingSaved], HttpRequest]  # As the carrier wants to be asked for it.

    async def fetch(self, row: RecordingRow, news: RecordingSaved) -> Fetched:
        """Return the file, sealed. Raises Lost or NotYet."""
        stored = await self.people.get(row.person_id)
        if stored is None:
            raise Lost("erased")
        try:
            person = self.vault.person(stored.person_id, stored.wrapped_key)
        except SealBroken:
            raise Lost("unreadable_person") from None
        file = self.spool / f"{row.id}.part"
        try:
            return await self._sealed(file, row, news, self.vault.file_key(person, str(row.id)))
        except (Lost, NotYet):
            await trio.Path(file).unlink(missing_ok=True)
            raise

    async def _sealed(
        self, file: Path, row: RecordingRow, news: RecordingSaved, key: bytes
    ) -> Fetched:
        kind = _Kind()
        try:
            with trio.fail_after(FETCH_S):
                async with aclosing(self.media.fetch(self.ask(news))) as pieces:
                    size = await seal_into(file, kind.watch(pieces), key, str(row.id))
        except MediaError as error:
            raise NotYet(error.reason) from None
        except trio.TooSlowError:
            raise NotYet("slow") from None
        except OSError as error:
            raise NotYet(error.strerror or "disk") from None
        if not kind.type:
            raise NotYet("no_audio")
        return Fetched(file, size, kind.type)


class _Kind:
    """What a file is, by its first bytes: an error page is no recording."""

    def __init__(self) -> None:
        self.type = ""

    async def watch(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        head = b""
        async for piece in pieces:
            if len(head) < HEAD_BYTES:
                head += piece[:HEAD_BYTES]
                self.type = type_of(head)
            yield piece


def type_of(head: bytes) -> str:
    """Return what a file is that begins so: "audio/wav", "audio/mpeg", or "" for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    mpeg = head[:3] == b"ID3" or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0)
    return "audio/mpeg" if mpeg else ""
