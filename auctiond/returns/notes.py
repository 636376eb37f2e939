"""Notes and evidence by people about money. They may name the caller, so they are sealed.

A note about a call is sealed with the caller's own key: it goes when the caller is erased, in
backups too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from auctiond.keys.vault import Vault
from auctiond.pg.people import People
from auctiond.pg.returns import Returns, SealedNote
from compliance.sealing import SealBroken
from market.ids import id_for

NOTE_CHARS_MAX = 4000  # A page; recordings and files are named, not pasted.
UNREADABLE = "(sealed with a key that is not there)"


@dataclass(frozen=True, slots=True)
class Notes:
    store: Returns
    people: People
    vault: Vault

    async def add(
        self, about: UUID, person_id: UUID | None, text: str, by: str, at: datetime, event: UUID
    ) -> None:
        """Keep `text`; `event` names what it was said at, so that a repeated one is kept once."""
        id_ = id_for(event, f"note:{about.hex}")
        sealed = await self._seal(id_, person_id, text)
        if sealed is not None:
            await self.store.add_note(SealedNote(id_, about, person_id, sealed, by, at))

    async def of(self, about: UUID) -> list[dict[str, Any]]:
        """Return the notes about something, in words."""
        return [
            {"text": await self._open(note), "by": note.by, "at_ms": _ms(note.at)}
            for note in await self.store.notes(about)
        ]

    async def _seal(self, id_: UUID, person_id: UUID | None, text: str) -> bytes | None:
        """Return the note sealed; None: the caller was erased, and nothing of him is kept."""
        if person_id is None:
            return self.vault.seal_note(str(id_), text)
        stored = await self.people.get(person_id)
        if stored is None:
            return None
        person = self.vault.person(stored.person_id, stored.wrapped_key)
        return self.vault.seal_fields(person, {f"note:{id_}": text})[f"note:{id_}"]

    async def _open(self, note: SealedNote) -> str:
        try:
            if note.person_id is None:
                return self.vault.open_note(str(note.id), note.sealed)
            stored = await self.people.get(note.person_id)
            if stored is None:
                return UNREADABLE
            person = self.vault.person(stored.person_id, stored.wrapped_key)
            return self.vault.open_fields(person, {f"note:{note.id}": note.sealed})[
                f"note:{note.id}"
            ]
        except SealBroken:
            return UNREADABLE


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
