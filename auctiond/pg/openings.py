"""Calls that begin are written down in groups, each with its person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.people import Person
from auctiond.pg.sql_file import read_queries
from market.value import dataclass

_SQL = read_queries("calls")


@dataclass(frozen=True, slots=True)
class CallRow:
    id: UUID
    carrier: str
    call_ref: str
    caller_leg_ref: str
    caller_index: bytes | None  # A keyed blind index of the number; None: withheld, or erased.
    person_id: UUID | None
    tracking_number: str
    campaign: str
    publisher: str
    network: int
    arrived_at: datetime
    node_epoch: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """A call that begins, and the person it brings along, if it does."""

    row: CallRow
    person: Person | None

    def __post_init__(self) -> None:
        if self.person is not None and self.person.person_id != self.row.person_id:
            raise ValueError("the person is not the one the call names")


class OpeningWriter:
    """The `write` of a group writer: many calls, one statement, one commit."""

    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def __call__(self, openings: list[Opening]) -> list[bool]:
        """Write calls down, and tell of each whether it is new."""
        once = {opening.row.id: opening for opening in reversed(openings)}
        found = await self._pg.fetch(_SQL["open"], *_columns(list(once.values())))
        new = {row[0] for row in found}
        answers = []
        for opening in openings:
            answers.append(opening.row.id in new)
            new.discard(opening.row.id)  # Twice in one group: the first has opened it.
        return answers


def _columns(openings: Sequence[Opening]) -> list[list[object]]:
    rows = [one.row for one in openings]
    persons = [one.person for one in openings]
    fields = [
        (person.person_id, name, sealed)
        for person in persons
        if person is not None
        for name, sealed in person.fields.items()
    ]
    return [
        [row.id for row in rows],
        [row.carrier for row in rows],
        [row.call_ref for row in rows],
        [row.caller_leg_ref for row in rows],
        [row.person_id for row in rows],
        [row.tracking_number for row in rows],
        [row.campaign for row in rows],
        [row.publisher for row in rows],
        [row.network for row in rows],
        [row.arrived_at for row in rows],
        [row.node_epoch for row in rows],
        [row.caller_index for row in rows],
        [person.person_id if person is not None else None for person in persons],
        [person.wrapped_key if person is not None else None for person in persons],
        [id_ for id_, _, _ in fields],
        [name for _, name, _ in fields],
        [sealed for _, _, sealed in fields],
    ]
