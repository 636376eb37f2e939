"""A buyer's answer to a ping: a bid, or no bid and why."""

from __future__ import annotations

from typing import NewType

from market.money import Micros
from market.value import dataclass

BuyerId = NewType("BuyerId", str)
TargetId = NewType("TargetId", str)


@dataclass(frozen=True, slots=True)
class Bid:
    """What a target pays for this call, and where to ring it."""

    target: TargetId
    buyer: BuyerId
    price: Micros
    destination: str  # E.164 number or sip: address of the buyer. Never the caller's.
    billable_after_s: float  # Talk time from which the call is sold.
    ref: tuple[str, ...] = ()  # The buyer's own ids of this bid, for confirm and post.
    expires_ms: int | None = None  # Unix milliseconds; None: lives as long as the call waits.
    effective: Micros = Micros(0)  # What ranking counts: the price, or what routing makes of it.
    ring_s: float = 20.0  # How long its number may ring.
    confirm: bool = False  # The buyer wants to confirm before it is rung.
    post: bool = False  # The buyer is handed the lead once it is connected.
    fallback: bool = False  # A static price that stands back while anyone bids.
    ms: float | None = None  # From the ping to its answer; None: was not pinged.
    whisper_s: float = 0.0  # How long who answers may hear and press before the join; 0: nothing.
    accept_key: bool = False  # Who answers takes the call by a key.
    agreed: Micros | None = None  # Another price, said at the confirm and taken: market/flows.py.

    @property
    def pays(self) -> Micros:
        """What a sale costs the buyer."""
        return self.price if self.agreed is None else self.agreed


@dataclass(frozen=True, slots=True)
class NoBid:
    """A target that does not buy this call. `reason` is a code of market/reasons.py."""

    target: TargetId
    reason: str
    detail: str = ""  # The buyer's own words, cut and masked. Never personal data.
    ms: float | None = None  # From the ping to its answer; None: was not pinged, or no answer.
