"""What Telnyx says of a call when it begins. Pure."""

from __future__ import annotations

from typing import Any

from auctiond.sandbox.carrier.phones import Order


def introduction(order: Order) -> dict[str, Any]:
    """Return what `call.initiated` says of a call besides its numbers."""
    if order.outgoing:
        return {"direction": "outgoing", "state": "bridging"}
    headers = [
        {"name": "X-Lead-" + name.replace("_", "-").title(), "value": value}
        for name, value in order.lead.items()
    ]
    told: dict[str, Any] = {"direction": "incoming", "state": "parked"}
    if order.attestation:
        told["shaken_stir_attestation"] = order.attestation
        told["shaken_stir_validated"] = True
    if order.name:
        told["caller_id_name"] = order.name
    return told | {"custom_headers": headers} if headers else told
