"""What each endpoint takes; anything else is refused. A test holds it to Stripe's own types."""

from __future__ import annotations

from collections.abc import Mapping

from auctiond.sandbox.stripe.form import Params
from auctiond.sandbox.stripe.refused import invalid


def words(text: str) -> frozenset[str]:
    """Return the words of `text`."""
    return frozenset(text.split())


LIST = words("limit starting_after created expand")
ONE = words("expand")

TAKEN: Mapping[str, frozenset[str]] = {
    "customer.create": words("description email metadata name expand"),
    "customer.get": ONE,
    "payment_method.get": ONE,
    "payment_method.list": words("customer expand limit starting_after type"),
    "payment_method.detach": ONE,
    "setup_intent.create": words(
        "automatic_payment_methods customer description metadata usage expand"
    ),
    "setup_intent.get": ONE | words("client_secret"),
    "payment_intent.create": words(
        "amount automatic_payment_methods capture_method confirm currency customer description "
        "error_on_requires_action expand metadata off_session payment_method "
        "receipt_email setup_future_usage statement_descriptor_suffix"
    ),
    "payment_intent.get": ONE | words("client_secret"),
    "payment_intent.cancel": ONE | words("cancellation_reason"),
    "payment_intent.list": LIST | words("customer"),
    "charge.get": ONE,
    "charge.list": LIST | words("customer payment_intent"),
    "refund.create": words("amount charge expand metadata payment_intent reason"),
    "refund.get": ONE,
    "refund.list": LIST | words("charge payment_intent"),
    "dispute.get": ONE,
    "dispute.list": LIST | words("charge payment_intent"),
    "balance_transaction.list": LIST | words("currency payout source type"),
    "balance_transaction.get": ONE,
    "session.create": words(
        "cancel_url client_reference_id currency customer expand expires_at line_items metadata "
        "mode payment_intent_data setup_intent_data submit_type success_url"
    ),
    "session.get": ONE,
    "session.expire": ONE,
    "payout.get": ONE,
    "payout.list": LIST | words("status"),
    "event.get": ONE,
    "event.list": LIST | words("type types"),
}


def check_params(operation: str, params: Params) -> None:
    """Raise Refused for a field that the operation does not have."""
    for name in params:
        if name not in TAKEN[operation]:
            raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")


def needed(params: Params, name: str) -> str:
    """Return a text that must be there. Raises Refused."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return value


def text_map(params: Params, name: str) -> dict[str, str]:
    """Return metadata and its like: up to 50 short texts. Raises Refused."""
    value = params.get(name, {})
    if not isinstance(value, dict) or len(value) > 50:
        raise invalid(f"Invalid {name}", name)
    for key, each in value.items():
        if not isinstance(each, str) or len(key) > 40 or len(each) > 500:
            raise invalid(f"{name} values are texts of up to 500 characters", f"{name}[{key}]")
    return dict(value)
