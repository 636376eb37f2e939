"""How the settings of billing are read."""

from __future__ import annotations

from typing import Any

from auctiond import config_values as value

BILLING_READERS: dict[str, value.Reader[Any]] = {
    "stripe_api_key": value.secret(),
    "stripe_api_url": value.url(optional=False),
    "stripe_webhook_secret": value.secret(),
    "stripe_webhook_secret_old": value.secret(),
    "billing_return_url": value.url(optional=True),
    "invoice_prefix": value.text(),
    "invoice_seller": value.text(),
}
