"""What a payment processor shows us of payments, in our words. Pure.

Of a card we see the id of its payment method, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from market.money import UNIT, Micros

CENT = UNIT // 100
CURRENCY = "usd"  # The ledger's wallets are in dollars.
KEY_REFUSED = "key_refused"  # The operator's to mend: it is tried again.

PaymentState = Literal["succeeded", "processing", "needs_person", "failed", "canceled"]
RefundState = Literal["succeeded", "pending", "failed"]
DisputeState = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """A payment. `intent`: the id of ours that it is for; None: it is not ours."""

    id: str
    state: PaymentState
    amount: Micros  # What came in, once it has succeeded; until then what is asked for.
    currency: str
    intent: UUID | None
    customer: str
    method: str
    reason: str  # Why it failed: a code.


@dataclass(frozen=True, slots=True)
class RefundSeen:
    id: str
    state: RefundState
    amount: Micros
    payment: str
    intent: UUID | None  # Of ours; None: somebody made it at the processor by hand.
    reason: str


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    id: str
    state: DisputeState
    payment: str
    withdrawn: Micros  # Taken from us; 0 while it is only asked about.
    reinstated: Micros  # Given back, once it is won.
    reason: str


@dataclass(frozen=True, slots=True)
class SetupSeen:
    """A way to pay that a person set up."""

    id: str
    done: bool
    intent: UUID | None
    customer: str
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A page of the processor's, where a person types a card."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Movement:
    """What one thing did to our balance at the processor."""

    id: str
    kind: str  # charge, refund, dispute, dispute_reversal, payout, fee, ...: their category.
    source: str  # What did it.
    payment: str  # The payment behind it, or "".
    intent: UUID | None  # Of ours.
    amount: int  # Micros, with a sign, as all that follow.
    fee: int
    currency: str
    at_s: int


class ProcessorError(Exception):
    """A request did not go as it should. `reason` is a code, never the processor's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotNow(ProcessorError):
    """It was not executed, and may be tried again: too many requests."""


class Unknown(ProcessorError):
    """Nobody knows whether it was executed. The same key tells."""


class Misfit(ProcessorError):
    """It was not executed, and never will be as it is."""


class Declined(ProcessorError):
    """It was executed, and the card said no."""


def cents(amount: int) -> int:
    """Return micros as cents. Raises ValueError for a fraction of a cent."""
    whole, rest = divmod(amount, CENT)
    if rest:
        raise ValueError("a card pays whole cents")
    return whole
