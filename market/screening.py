"""Whose calls are taken, as a network or a campaign says it. Pure: data."""

from __future__ import annotations

from typing import Literal

from market.value import dataclass

Unlisted = Literal["take", "refuse"]  # What is done with a caller of whom a look-up does not know.

VOUCHED = ("A", "B", "C", "none")


@dataclass(frozen=True, slots=True)
class ScreeningRules:
    anonymous: bool = True  # Who withholds the number, or whose number is none.
    foreign: bool = True  # Whose number is not of North America.
    attestations: tuple[str, ...] = VOUCHED  # STIR/SHAKEN; "none" where the carrier told nothing.
    calls_per_hour: int | None = None  # Of one caller; None: no limit.
    calls_per_day: int | None = None
    lookups: tuple[str, ...] = ()  # Names of look-ups that are asked about the caller.
    unlisted: Unlisted = "take"  # In doubt: who rang us asked for the talk.

    @property
    def days(self) -> int:
        """How many days of a caller's calls must be known."""
        return 0 if self.calls_per_hour is None and self.calls_per_day is None else 1


ANYBODY = ScreeningRules()
