"""What every carrier's file has in common. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegStatus:
    """What the carrier says of one leg when it is asked."""

    alive: bool
    ended_ms: int | None = None  # Unknown, too, when the carrier has forgotten the leg.


class MalformedWebhook(Exception):
    """`field` is not `expected`. What was found is not told: it may be personal."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected
