"""Makers of rows for the stores' tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from auctiond.keys.key_file import Keys
from auctiond.keys.vault import Vault
from auctiond.pg.calls import CallRow, EventRow
from auctiond.pg.door import Pg
from auctiond.pg.openings import Opening, OpeningWriter
from auctiond.pg.people import Person
from market.ids import id_at

VAULT = Vault(Keys(1, {1: bytes(range(32))}, bytes(32)))
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def call_id(n: int) -> UUID:
    return id_at(NOW_MS + n, b"call %d" % n)


def person_of(n: int) -> Person:
    return Person(id_at(NOW_MS, b"person %d" % n), b"wrapped %d" % n, {"name": b"sealed name"})


def call_row(n: int, **changes: object) -> CallRow:
    row = CallRow(
        id=call_id(n),
        carrier="telnyx",
        call_ref=f"session-{n}",
        caller_leg_ref=f"leg-{n}",
        caller_index=b"index of a number",
        person_id=person_of(n).person_id,
        tracking_number="+15550100",
        campaign="solar",
        publisher="pub",
        network=1,
        arrived_at=NOW,
    )
    return replace(row, **changes)


def event(call: int, seq: int, kind: str = "answered", **data: object) -> EventRow:
    return EventRow(call_id(call), seq, kind, NOW_MS + seq, data)


async def put_on_record(pg: Pg, row: CallRow, person: Person | None = None) -> None:
    """Write a call down where nobody runs the calls' writer."""
    await OpeningWriter(pg)([Opening(row, person)])
