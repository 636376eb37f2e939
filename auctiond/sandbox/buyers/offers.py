"""What a buyer offers for a ping: a price by state with some chance in it, or a refusal. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from auctiond.sandbox.buyers.laws import Law, favourites
from auctiond.sandbox.chance import draw

BILLABLE_S = 3  # Short, so that a demo's call is sold within seconds.
EXPIRES_S = 30
DECLINES_IN_100 = 8  # Pings that an honest buyer has no use for.
CONFIRMS_REFUSED_IN_100 = 4  # Its agents went on break between the bid and the confirm.
BASE_CENTS, STATE_CENTS, CHANCE_CENTS = 800, 2_400, 600  # A price is 8 to 38 dollars.

REASONS = ("no capacity", "duplicate", "outside hours", "daily cap reached")


@dataclass(frozen=True, slots=True)
class Offer:
    cents: int  # 0: no bid.
    reason: str = ""  # Why there is none.


def destination(buyer: int) -> str:
    """Return the number the buyer takes its calls on: nobody's, as 555 is no area code."""
    return f"+1555700{buyer:04d}"


class OfferBook:
    """One buyer's prices: they are worked out once a state, as a ping must cost little."""

    def __init__(self, seed: int, buyer: int, law: Law) -> None:
        self._seed, self._buyer, self._law = seed, buyer, law
        self._states = favourites(seed, buyer, law.states) if law.states else None
        self._cents: dict[str, int] = {}

    def offer(self, state: str, bits: int) -> Offer:
        """Return the offer for a call from `state` ("" is unknown); `bits` are its chance."""
        if self._states is not None and state not in self._states:
            return Offer(0, f"not buying in {state}" if state else "state required")
        if bits % 100 < DECLINES_IN_100:
            return Offer(0, REASONS[bits // 100 % len(REASONS)])
        cents = self._base(state) + bits // 100 % CHANCE_CENTS
        return Offer(cents * self._law.price_percent // 100)

    def _base(self, state: str) -> int:
        cents = self._cents.get(state)
        if cents is None:
            chance = draw(self._seed, self._buyer, 1, *state.encode())
            cents = self._cents[state] = BASE_CENTS + chance % STATE_CENTS
        return cents


def refuses_confirm(bits: int) -> bool:
    """Whether the buyer takes back the bid it drew from `bits`."""
    return bits // 100_000 % 100 < CONFIRMS_REFUSED_IN_100
