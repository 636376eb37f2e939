"""Who called, read again from the database, where it lies sealed."""

from __future__ import annotations

from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.pg.calls import CallRow
from auctiond.pg.people import People
from compliance.sealing import SealBroken


async def personal_of(row: CallRow, people: People, vault: Vault, log: Log) -> dict[str, str]:
    """Return the lead of a call; nothing when the person was erased, or cannot be read."""
    stored = await people.get(row.person_id) if row.person_id is not None else None
    if stored is None:
        return {}
    try:
        person = vault.person(stored.person_id, stored.wrapped_key)
        return vault.open_fields(person, stored.fields)
    except SealBroken:
        log.error("lead.unreadable", call=row.id)
        return {}
