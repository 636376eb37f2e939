"""Sales that a buyer brings back: the terms, and how much goes back to whom. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.money import Micros

ReturnState = Literal["pending", "approved", "partial", "rejected", "undone"]
MADE: tuple[ReturnState, ...] = ("approved", "partial")  # The money went back.
HOUR_MS = 3_600_000

REASONS: dict[str, str] = {
    "not_connected": "nobody was on the line, or nothing could be heard",
    "hung_up": "the caller hung up as soon as it was billable",
    "spam": "a robot, a prank, or a sales call",
    "duplicate": "the buyer knew this caller already",
    "not_qualified": "the caller is not who was asked for",
    "wrong_area": "the caller is from somewhere else than was told",
    "complaint": "the caller never agreed, or is on a list of whom not to call",
    "other": "see the note",
}


@dataclass(frozen=True, slots=True)
class ReturnRule:
    """Decides a return at once. The first that fits does; where none does, a person decides."""

    action: Literal["approve", "reject"]
    reason: str = ""  # "": whatever the reason.
    condition: str = ""  # In the words of routing/payout_text.py; "" always holds.
    percent: int = 100  # Of what was charged.


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    window_h: int = 72  # From the sale. 0: nothing is taken back.
    reasons: tuple[str, ...] = tuple(REASONS)
    note_needed: bool = False
    rules: tuple[ReturnRule, ...] = ()


DEFAULT_TERMS = ReturnTerms()


@dataclass(frozen=True, slots=True)
class Split:
    """What of a return the buyer gets, and who bears it."""

    back: Micros
    from_publisher: Micros

    @property
    def from_margin(self) -> Micros:
        """The rest is ours to bear."""
        return Micros(self.back - self.from_publisher)


def split_of(charged: Micros, payout: Micros, back: Micros, *, keep_payout: bool = False) -> Split:
    """Return who bears `back`: the publisher in the share that it had; rounded in its favour."""
    return Split(back, Micros(0) if keep_payout else Micros(payout * back // charged))
