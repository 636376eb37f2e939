"""When a wallet that a card would not fill is tried again, and when no more. Pure.

At most one recharge in six hours. After a decline it is tried after six hours, a day and three
days; then, or at once where trying is no use, it pauses until somebody sets it anew.
"""

from __future__ import annotations

from market.value import dataclass

HOUR_MS = 3_600_000
APART_MS = 6 * HOUR_MS  # As the field has it: facts of auto-recharge agree on six hours.
DUNNING_MS = (APART_MS, 24 * HOUR_MS, 72 * HOUR_MS)  # After the first, second, third failure.

# Trying again cannot help: the card is gone, or its bank wants the person each time.
# https://docs.stripe.com/declines/codes
FINAL = frozenset(
    (
        "authentication_required",
        "expired_card",
        "lost_card",
        "stolen_card",
        "pickup_card",
        "restricted_card",
        "invalid_account",
        "card_not_supported",
        "currency_not_supported",
        "revocation_of_authorization",
        "revocation_of_all_authorizations",
        "stop_payment_order",
        "resource_missing",
        "payment_method_detached",
    )
)


@dataclass(frozen=True, slots=True)
class Next:
    """When it is tried next; `paused` is why it is not, until somebody resumes it."""

    at_ms: int
    paused: str = ""


def after_failure(failures: int, reason: str, now_ms: int) -> Next:
    """Return what follows the failure that makes it `failures` in a row."""
    if reason in FINAL or failures > len(DUNNING_MS):
        return Next(now_ms + APART_MS, reason)
    return Next(now_ms + DUNNING_MS[failures - 1])
