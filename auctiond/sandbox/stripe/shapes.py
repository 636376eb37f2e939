"""The objects of the API, with every field that Stripe's own types promise. Pure."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
TYPES = ["card", "link"]


def customer(id_: str, at: int, **more: object) -> Json:
    """Return a customer."""
    return {
        "id": id_,
        "object": "customer",
        "created": at,
        "livemode": False,
        "default_source": None,
        "email": None,
        "name": None,
        "description": None,
        "metadata": {},
        "tax_exempt": "none",
        "test_clock": None,
    } | more


def payment_method(id_: str, at: int, brand: str, last4: str, **more: object) -> Json:
    """Return a payment method: a card, or a bank account."""
    kind = "us_bank_account" if brand == "bank" else "card"
    face = {"brand": brand, "exp_month": 12, "exp_year": 2040, "funding": "credit"}
    detail: Json = {"last4": last4} | ({} if brand == "bank" else face)
    empty = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    return {
        "id": id_,
        "object": "payment_method",
        "created": at,
        "livemode": False,
        "customer": None,
        "billing_details": empty,
        "type": kind,
        kind: detail,
        "allow_redisplay": "unspecified",
        "metadata": {},
    } | more


def setup_intent(id_: str, at: int, **more: object) -> Json:
    """Return a setup intent that waits for a payment method."""
    return {
        "id": id_,
        "object": "setup_intent",
        "created": at,
        "livemode": False,
        "application": None,
        "cancellation_reason": None,
        "client_secret": f"{id_}_secret_sandbox",
        "customer": None,
        "latest_attempt": None,
        "last_setup_error": None,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_types": TYPES,
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    } | more


def payment_intent(id_: str, at: int, **more: object) -> Json:
    """Return a payment intent that waits for a payment method."""
    return {
        "id": id_,
        "object": "payment_intent",
        "created": at,
        "livemode": False,
        "amount": 0,
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{id_}_secret_sandbox",
        "confirmation_method": "automatic",
        "currency": "usd",
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_types": TYPES,
        "payment_record": None,
        "review": None,
        "setup_future_usage": None,
        "source": None,
        "status": "requires_payment_method",
    } | more


def charge(id_: str, at: int, intent: Json, **more: object) -> Json:
    """Return the charge of a payment intent."""
    empty = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    return {
        "id": id_,
        "object": "charge",
        "created": at,
        "livemode": False,
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "balance_transaction": None,
        "billing_details": empty,
        "captured": True,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "refunded": False,
        "review": None,
        "source": None,
        "source_transfer": None,
        "status": "succeeded",
        "transfer": None,
    } | more


def refund(id_: str, at: int, charged: Json, amount: int, **more: object) -> Json:
    """Return a refund of a charge."""
    return {
        "id": id_,
        "object": "refund",
        "created": at,
        "amount": amount,
        "balance_transaction": None,
        "charge": charged["id"],
        "currency": charged["currency"],
        "customer": charged["customer"],
        "failure_balance_transaction": None,
        "metadata": {},
        "payment_intent": charged["payment_intent"],
        "payment_method": charged["payment_method"],
        "pending_reason": None,
        "reason": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    } | more


EVIDENCE = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)


def dispute(id_: str, at: int, charged: Json, amount: int, reason: str) -> Json:
    """Return a dispute that needs an answer."""
    details: Json = {"due_by": at + 7 * 86400, "has_evidence": False, "past_due": False}
    details |= {"submission_count": 0, "submission_method": "not_submitted"}
    return {
        "id": id_,
        "object": "dispute",
        "created": at,
        "livemode": False,
        "amount": amount,
        "balance_transactions": [],
        "charge": charged["id"],
        "currency": charged["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": details | {"enhanced_eligibility": {}},
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": charged["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }


def balance_transaction(
    id_: str, at: int, kind: str, source: str, amount: int, fee: int, category: str
) -> Json:
    """Return what a thing did to our balance at the processor."""
    one = {"amount": fee, "application": None, "currency": "usd", "type": "stripe_fee"}
    return {
        "id": id_,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": at + 2 * 86400,
        "balance_type": "payments",
        "created": at,
        "currency": "usd",
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [one | {"description": "processing fees"}] if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "available",
        "type": kind,
    }


def session(id_: str, at: int, url: str, **more: object) -> Json:
    """Return a Checkout session that waits for its person."""
    return {
        "id": id_,
        "object": "checkout.session",
        "created": at,
        "livemode": False,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": None,
        "client_reference_id": None,
        "currency": "usd",
        "custom_fields": [],
        "custom_text": {"after_submit": None, "submit": None},
        "customer": None,
        "customer_creation": None,
        "expires_at": at + 86400,
        "invoice": None,
        "locale": None,
        "metadata": {},
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_types": TYPES,
        "payment_status": "unpaid",
        "redirect_on_completion": None,
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": None,
        "ui_mode": "hosted_page",
        "url": url,
    } | more


def payout(id_: str, at: int, amount: int) -> Json:
    """Return money on its way to our bank."""
    return {
        "id": id_,
        "object": "payout",
        "created": at,
        "livemode": False,
        "amount": amount,
        "application_fee": None,
        "arrival_date": at + 2 * 86400,
        "automatic": True,
        "balance_transaction": None,
        "currency": "usd",
        "destination": None,
        "failure_balance_transaction": None,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "status": "paid",
        "type": "bank_account",
    }
