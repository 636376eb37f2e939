"""The call log as the shell sees it: numbered events of each call, handed to the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol
from uuid import UUID

import orjson

from auctiond.event_codec import to_row
from market.call import Event


class EventStore(Protocol):
    """Where rows go. `append` never waits; `flushed` waits until what was appended is safe."""

    def append(self, call_id: UUID, seq: int, kind: str, at_ms: int, data: str) -> None: ...
    async def flushed(self) -> None: ...


class CallLog:
    """Numbers the rows of each live call. What comes after its end is no longer of interest."""

    def __init__(self, store: EventStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._next: dict[UUID, int] = {}

    def open(self, call_id: UUID, rows: int = 0) -> None:
        """Begin the log of a call, or go on after the `rows` that there are."""
        self._next[call_id] = rows

    def event(self, call_id: UUID, event: Event) -> None:
        """Append an event that moved the call."""
        kind, data = to_row(event)
        self._put(call_id, kind, event.at_ms, data)

    def note(self, call_id: UUID, kind: str, data: Mapping[str, object]) -> None:
        """Append what is worth knowing but moves nothing. Its kind is written in lower case."""
        self._put(call_id, kind, self._now_ms(), orjson.dumps(data).decode())

    async def flushed(self) -> None:
        """Return when all rows so far are in the database."""
        await self._store.flushed()

    def forget(self, call_id: UUID) -> None:
        """The call is over: no more rows."""
        self._next.pop(call_id, None)

    def _put(self, call_id: UUID, kind: str, at_ms: int, data: str) -> None:
        seq = self._next.get(call_id)
        if seq is not None:
            self._next[call_id] = seq + 1
            self._store.append(call_id, seq, kind, at_ms, data)
