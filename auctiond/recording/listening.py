"""Listening to a recording: a link is made on record, and each use of it is on record too."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

from auctiond.keys.vault import Vault
from auctiond.pg.people import People
from auctiond.pg.recordings import RecordingBook, RecordingRow
from auctiond.recording.files import unsealed
from auctiond.recording.link import ID_BYTES, KIND, Link, read_link, write_link
from auctiond.recording.store import Store, StoreError
from compliance.sealing import SealBroken


class NotThere(Exception):
    """Nobody can listen: `reason` says why, in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording that is being read. Close `stack` when done with `pieces`."""

    row: RecordingRow
    pieces: AsyncIterator[bytes]
    stack: AsyncExitStack


@dataclass(frozen=True, slots=True)
class Listening:
    book: RecordingBook
    stores: dict[str, Store]
    people: People
    vault: Vault
    now_ms: Callable[[], int]

    async def link(self, row: RecordingRow, minutes: int, by: str) -> tuple[str, Link]:
        """Return the token of a new link and the link. Raises NotThere."""
        if row.state != "kept":
            raise NotThere(f"It is not kept: {row.state}.")
        link = Link(row.id, os.urandom(ID_BYTES).hex(), self.now_ms() + minutes * 60_000)
        await self.book.note(
            row.id, self.now_ms(), "linked", f"link {link.id}, {minutes} minutes", by
        )
        return write_link(link, lambda text: self.vault.sign(KIND, text)), link

    async def open(self, token: str) -> Opened:
        """Open what a link leads to; that is on record before the first byte. Raises NotThere."""
        signed = lambda text, by: self.vault.has_signed(KIND, text, by)  # noqa: E731
        link = read_link(token, signed)
        if link is None:
            raise NotThere("This is no link to a recording.")
        row = await self.book.get(link.recording)
        if row is None:
            raise NotThere("There is no such recording.")
        if link.expires_ms <= self.now_ms():
            await self._note(row, "refused", "expired", link)
            raise NotThere("The link has expired.")
        if row.state != "kept":
            await self._note(row, "refused", row.state, link)
            raise NotThere("The recording is deleted.")
        stored = await self.people.get(row.person_id)
        store = self.stores.get(row.store)
        if stored is None or store is None:
            raise NotThere("The person was erased." if store else f"No settings for {row.store}.")
        await self._note(row, "listened", "", link)
        return await self._opened(row, store, self._key(row, stored.wrapped_key))

    def _key(self, row: RecordingRow, wrapped_key: bytes) -> bytes:
        try:
            person = self.vault.person(row.person_id, wrapped_key)
        except SealBroken:
            raise NotThere("Its key cannot be read.") from None
        return self.vault.file_key(person, str(row.id))

    async def _opened(self, row: RecordingRow, store: Store, key: bytes) -> Opened:
        async with AsyncExitStack() as stack:
            try:
                reader = await stack.enter_async_context(store.open(str(row.id)))
            except StoreError as error:
                raise NotThere(f"The file cannot be had: {error.reason}.") from None
            return Opened(row, unsealed(reader, key, str(row.id)), stack.pop_all())
        raise AssertionError  # The stack swallows nothing.

    async def _note(self, row: RecordingRow, what: str, why: str, link: Link) -> None:
        await self.book.note(row.id, self.now_ms(), what, why, f"link {link.id}")


def id_in(text: str) -> UUID | None:
    """Return the id that `text` is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
