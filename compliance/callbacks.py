"""May this person be called back now? In doubt: no. Each "no" has a reason code. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from compliance.law.calling_hours import calls_per_day, next_opening, refusal
from compliance.law.places import Place
from compliance.law.rules import Law
from market.callback import CallbackTerms, Consent, Verdict

DAY_MS = 86_400_000
CLOCKS_APART_MS = 300_000  # A publisher's clock may be ahead of ours by so much.
TEXT_MIN = 10  # Characters. Less is no sentence that a person can agree to.
DIAL = Verdict("dial")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person and of a callback at a moment."""

    now_ms: int
    asked_ms: int
    attempts: int = 0  # Of this callback so far.
    calls_ms: tuple[int, ...] = ()  # When we called the person in the last day, for anybody.
    suppressed: str = ""  # The list that the number is on.


def consent_refusal(consent: Consent, terms: CallbackTerms, now_ms: int) -> str:
    """Return "" if it is proven that the person asked, lately enough; else why not."""
    if not consent.given_ms or consent.given_ms > now_ms + CLOCKS_APART_MS:
        return "consent_unproven:given_at"
    if missing := _unproven(consent):
        return f"consent_unproven:{missing}"
    return "consent_old" if now_ms - consent.given_ms > terms.consent_days * DAY_MS else ""


def judge(
    consent: Consent, place: Place | None, terms: CallbackTerms, law: Law, standing: Standing
) -> Verdict:
    """Return what is to be done with a callback, as far as look-ups are not needed for it."""
    reason = consent_refusal(consent, terms, standing.now_ms)
    if reason or place is None:
        return Verdict("refuse", reason or "place_unknown")
    if standing.suppressed:
        return Verdict("refuse", f"suppressed:{standing.suppressed}")
    if standing.attempts >= terms.attempts:
        return Verdict("refuse", "attempts_used")
    gone_ms = standing.asked_ms + round(terms.expires_after_s * 1000)
    if standing.now_ms >= gone_ms:
        return Verdict("refuse", "callback_expired")
    later = _later(place, terms, law, standing)
    if later.action == "later" and later.at_ms >= gone_ms:
        return Verdict("refuse", "callback_expired", later.at_ms)
    return later


def lookup_refusal(answers: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    """Return "" if every look-up wanted says "clear"; a number that nobody vouches for is not."""
    for name in wanted:
        answer = answers.get(name, "")
        if answer != "clear":
            return f"listed:{name}" if answer == "listed" else f"lookup_failed:{name}"
    return ""


def _later(place: Place, terms: CallbackTerms, law: Law, standing: Standing) -> Verdict:
    """Return whether it is the time: by the calls of the last day, and by the hours of the law."""
    now = datetime.fromtimestamp(standing.now_ms / 1000, UTC)
    by_law = calls_per_day(law, place, now)
    most = terms.attempts_per_day if by_law is None else min(terms.attempts_per_day, by_law)
    day = sorted(at for at in standing.calls_ms if at > standing.now_ms - DAY_MS)
    if most <= 0:
        return Verdict("refuse", "calls_per_day")
    free_ms = day[-most] + DAY_MS if len(day) >= most else standing.now_ms
    wait_until = datetime.fromtimestamp(free_ms / 1000, UTC)
    opens = next_opening(law, place, wait_until, terms.ring_s)
    if opens is None:
        return Verdict("refuse", refusal(law, place, now, terms.ring_s) or "hours")
    at_ms = round(opens.timestamp() * 1000)
    if at_ms <= standing.now_ms:
        return DIAL
    if free_ms > standing.now_ms:
        return Verdict("later", "calls_per_day", at_ms)
    return Verdict("later", refusal(law, place, now, terms.ring_s), at_ms)


def _unproven(consent: Consent) -> str:
    """Return the field that a proof lacks, or ""."""
    if consent.call_id is not None:
        return "" if consent.text and consent.digit else "digit" if consent.text else "text"
    if len(consent.text.strip()) < TEXT_MIN:
        return "text"
    if not _is_page(consent.page_url):
        return "page_url"
    return "" if _is_address(consent.ip) else "ip"


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
