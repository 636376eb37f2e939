"""By what the auctions of publishers' pings were decided: kept, to decide them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from auctiond.calls.inputs_codec import INPUTS


@dataclass(frozen=True, slots=True)
class Noted:
    """Stands where a call has its log: a ping has none, and hands its notes to the promise."""

    found: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)

    def note(self, auction: UUID, kind: str, data: Mapping[str, object]) -> None:
        """Keep what `auction` was decided by, until it is taken. Other notes are for calls."""
        if kind == INPUTS:
            self.found[auction] = data

    def take(self, auction: UUID) -> Mapping[str, Any] | None:
        """Return what was noted last."""
        return self.found.pop(auction, None)
