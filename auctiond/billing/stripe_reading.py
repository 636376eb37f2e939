"""Read what Stripe's library returns into our words. Pure; the library is not needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from auctiond.billing.seen import (
    CENT,
    DisputeSeen,
    DisputeState,
    Movement,
    PaymentSeen,
    PaymentState,
    RefundSeen,
    RefundState,
    SetupSeen,
)
from market.money import Micros

OURS = "auctiond_intent"  # The name of our id in the metadata of what we ask for.
STATES: Mapping[str, PaymentState] = {
    "succeeded": "succeeded",
    "processing": "processing",
    "requires_action": "needs_person",
    "requires_confirmation": "needs_person",
    "requires_payment_method": "failed",
    "canceled": "canceled",
}
REFUNDS: Mapping[str, RefundState] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
DISPUTES: Mapping[str, DisputeState] = {"won": "won", "lost": "lost"}
Object = Any  # The library's.


def read_payment(found: Object) -> PaymentSeen:
    """Return a payment. A state that is new to us is one to wait in."""
    state = STATES.get(found.status, "processing")
    cents = found.amount_received if state == "succeeded" else found.amount
    return PaymentSeen(
        found.id,
        state,
        Micros(CENT * cents),
        found.currency,
        intent_in(found.metadata),
        _id(found.customer),
        _id(found.payment_method),
        code_in(found.last_payment_error),
    )


def read_setup(found: Object) -> SetupSeen:
    """Return a setup."""
    return SetupSeen(
        found.id,
        found.status == "succeeded",
        intent_in(found.metadata),
        _id(found.customer),
        _id(found.payment_method),
        code_in(found.last_setup_error),
    )


def read_refund(found: Object) -> RefundSeen:
    """Return a refund."""
    return RefundSeen(
        found.id,
        REFUNDS.get(found.status or "", "pending"),
        Micros(CENT * found.amount),
        _id(found.payment_intent),
        intent_in(found.metadata),
        getattr(found, "failure_reason", None) or "",
    )


def read_dispute(found: Object) -> DisputeSeen:
    """Return a dispute. What it moved tells what it took and gave, whatever its state is called."""
    moved = [CENT * each.amount for each in found.balance_transactions]
    return DisputeSeen(
        found.id,
        DISPUTES.get(found.status, "open"),
        _id(found.payment_intent),
        Micros(-sum(amount for amount in moved if amount < 0)),
        Micros(sum(amount for amount in moved if amount > 0)),
        found.reason,
    )


def read_movement(found: Object) -> Movement:
    """Return what one thing did to our balance; its source was asked for whole."""
    source = found.source
    whole = source is not None and not isinstance(source, str)
    return Movement(
        found.id,
        found.reporting_category,
        _id(source),
        _id(getattr(source, "payment_intent", None)) if whole else "",
        intent_in(getattr(source, "metadata", None)) if whole else None,
        CENT * found.amount,
        CENT * found.fee,
        found.currency,
        found.created,
    )


def code_in(error: Object) -> str:
    """Return why a card said no, by its code; "" for no error."""
    if error is None:
        return ""
    inner = getattr(error, "error", None)
    for place in (error, inner):
        if code := getattr(place, "decline_code", None):
            return str(code)
    return str(getattr(error, "code", None) or "declined")


def intent_in(metadata: Object) -> UUID | None:
    """Return the id of ours in what came back of our metadata; None: it is not ours."""
    try:
        return UUID(getattr(metadata, OURS, None) or "")
    except ValueError:
        return None


def _id(found: Object) -> str:
    """Return the id of what may be an id, a whole object, or nothing."""
    return found if isinstance(found, str) else (found.id if found is not None else "")
