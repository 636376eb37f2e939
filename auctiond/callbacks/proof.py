"""The proof of a consent as fields of a person, sealed with the rest, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from market.callback import Consent

CALL, DIGIT = "consent_call", "consent_digit"


def fields_of(consent: Consent) -> dict[str, str]:
    """Return the fields that keep a proof; when it was given stands with the callback."""
    found = {
        "consent_text": consent.text,
        "page_url": consent.page_url,
        "ip": consent.ip,
        "trustedform_url": consent.certificate,
        CALL: str(consent.call_id) if consent.call_id is not None else "",
        DIGIT: consent.digit,
    }
    return {name: value for name, value in found.items() if value}


def proof_of(fields: Mapping[str, str], given_ms: int) -> Consent:
    """Return the proof that `fields_of` kept."""
    call = fields.get(CALL, "")
    return Consent(
        given_ms,
        fields.get("consent_text", ""),
        fields.get("page_url", ""),
        fields.get("ip", ""),
        fields.get("trustedform_url", ""),
        UUID(call) if call else None,
        fields.get(DIGIT, ""),
    )


def lead_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what of a person's fields is the lead: all but the inner marks of a proof."""
    return {name: value for name, value in fields.items() if name not in (CALL, DIGIT)}
