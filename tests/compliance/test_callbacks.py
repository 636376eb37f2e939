"""Whether a person may be called back now: consent, lists, attempts, hours; in doubt no."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from compliance.callbacks import (
    DAY_MS,
    Standing,
    consent_refusal,
    judge,
    lookup_refusal,
)
from compliance.law.hours_file import SHIPPED, read_law
from compliance.law.places import place_of
from market.callback import CallbackTerms, Consent, Verdict
from market.reasons import reason_of

LAW = read_law(SHIPPED.read_text())
TERMS = CallbackTerms("+12125550100")


def ms(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOON = ms("2026-11-24 17:00")  # In New York.
FORM = Consent(
    given_ms=NOON - 60_000,
    text="I agree to be called about insurance.",
    page_url="https://example.com/quote",
    ip="203.0.113.9",
)
IN_CALL = Consent(given_ms=NOON, text="callback offer v1", call_id=UUID(int=7), digit="1")


@pytest.mark.parametrize(
    ("consent", "reason"),
    [
        (FORM, ""),
        (IN_CALL, ""),
        (Consent(), "consent_unproven:given_at"),
        (replace(FORM, given_ms=NOON + 600_000), "consent_unproven:given_at"),
        (replace(FORM, text="yes"), "consent_unproven:text"),
        (replace(FORM, page_url=""), "consent_unproven:page_url"),
        (replace(FORM, page_url="example.com"), "consent_unproven:page_url"),
        (replace(FORM, page_url="http://["), "consent_unproven:page_url"),
        (replace(FORM, ip="somewhere"), "consent_unproven:ip"),
        (replace(IN_CALL, digit=""), "consent_unproven:digit"),
        (replace(IN_CALL, text=""), "consent_unproven:text"),
        (replace(FORM, given_ms=NOON - 91 * DAY_MS), "consent_old"),
    ],
)
def test_consent_is_proven_or_nobody_is_called(consent, reason):
    assert consent_refusal(consent, TERMS, NOON) == reason


def verdict(number="+12125550123", terms=TERMS, consent=FORM, states=(), **standing):
    known = Standing(**({"now_ms": NOON, "asked_ms": NOON - 60_000} | standing))
    return judge(consent, place_of(number, states), terms, LAW, known)


NIGHT = ms("2026-11-25 04:00")  # 23:00 in New York.


@pytest.mark.parametrize(
    ("case", "right"),
    [
        ({}, Verdict("dial")),
        ({"number": "+18005550123"}, Verdict("refuse", "place_unknown")),
        ({"suppressed": "dnc"}, Verdict("refuse", "suppressed:dnc")),
        ({"attempts": 3}, Verdict("refuse", "attempts_used")),
        ({"asked_ms": NOON - 7 * DAY_MS}, Verdict("refuse", "callback_expired")),
        ({"now_ms": NIGHT}, Verdict("later", "hours:US", ms("2026-11-25 13:00"))),
        (
            {"now_ms": NIGHT, "terms": replace(TERMS, expires_after_s=3600 * 12.0)},
            Verdict("refuse", "callback_expired", ms("2026-11-25 13:00")),
        ),
        (
            {"calls_ms": (NOON - 3600_000, NOON - 7200_000)},
            Verdict("later", "calls_per_day", NOON - 7200_000 + DAY_MS),
        ),
        ({"calls_ms": (NOON - 3600_000, NOON - DAY_MS)}, Verdict("dial")),
        (  # Florida allows three, however many the campaign would.
            {
                "number": "+13055550123",
                "terms": replace(TERMS, attempts_per_day=9),
                "calls_ms": (NOON - 3000, NOON - 2000, NOON - 1000),
            },
            Verdict("later", "calls_per_day", NOON - 3000 + DAY_MS),
        ),
        (  # A day later it is evening, so the morning after.
            {
                "now_ms": ms("2026-11-25 01:30"),
                "calls_ms": (ms("2026-11-25 01:10"), ms("2026-11-24 23:10")),
                "terms": replace(TERMS, attempts_per_day=1),
                "number": "+12025550123",
            },
            Verdict("later", "calls_per_day", ms("2026-11-26 01:10")),
        ),
    ],
)
def test_a_callback_is_dialled_put_off_or_refused(case, right):
    assert verdict(**case) == right
    if right.reason:
        assert reason_of(right.reason).stage == "callback"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"litigator": "clear", "dnc": "clear"}, ""),
        ({"litigator": "clear", "dnc": "listed"}, "listed:dnc"),
        ({"litigator": "clear"}, "lookup_failed:dnc"),
        ({"litigator": "clear", "dnc": "unknown"}, "lookup_failed:dnc"),
    ],
)
def test_a_number_is_called_only_when_every_lookup_says_that_it_is_clear(answers, reason):
    assert lookup_refusal(answers, ("litigator", "dnc")) == reason
