"""What becomes of a callback when one of its calls is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auctiond.pg.callbacks import CallbackRow, CallbackState
from market.callback import CallbackTerms

FOR_GOOD = (
    "suppressed",
    "listed",
    "withdrawn",
    "erased",
    "consent_old",
    "place_unknown",
    "blocked_caller",
)
SOON_MS = 60_000  # Where the hours closed just before the dial: the next look finds the opening.


@dataclass(frozen=True, slots=True)
class Next:
    state: CallbackState
    reason: str
    due_ms: int
    what: str


def after_call(
    row: CallbackRow, terms: CallbackTerms | None, summary: Mapping[str, Any], now_ms: int
) -> Next:
    """Return where a callback goes after a call with that `summary`.

    Whoever was on the line was called back, whatever came of the talk. Else there is another
    attempt, as long as there are any.
    """
    blocked = str(summary.get("blocked") or "")
    if summary.get("reached"):
        return Next("over", "reached", now_ms, "reached")
    if terms is None or blocked.partition(":")[0] in FOR_GOOD:
        return Next("over", blocked or "no_callbacks", now_ms, "refused")
    reason = blocked or _why_not(summary)
    if row.attempts >= terms.attempts:
        return Next("over", "attempts_used", now_ms, "given_up")
    again_ms = SOON_MS if blocked else round(terms.again_after_s * 1000)
    return Next("waiting", reason, now_ms + again_ms, "not_reached")


def _why_not(summary: Mapping[str, Any]) -> str:
    if summary.get("no_buyer"):
        return "no_buyer"
    cause = str(summary.get("callback_cause") or "")
    return f"unanswered:{cause}" if cause else "unanswered"
