"""Webhooks are signed so that the specification's own library believes them; tries end at 24 h."""

import itertools
from datetime import UTC, datetime
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from auctiond.keys.secret import SecretError
from auctiond.notices.webhook import (
    SCHEDULE_S,
    again_s,
    bind_webhooks,
    read_key,
    retry_after_s,
    write_webhook,
)
from auctiond.pg.notices import Notice
from market.http import HttpReply
from market.notices import Webhook
from tests.notices.stand import KEYS

NOTICE = Notice(
    UUID(int=7),
    1,
    "wallet.low",
    "buyer/acme",
    {"balance": "4.20"},
    datetime(2026, 11, 23, tzinfo=UTC),
)


def bound(*references):
    one = Webhook("hook", "https://acme.example/hook", references)
    return bind_webhooks([one], KEYS.__getitem__).webhooks["hook"]


@pytest.mark.parametrize("key", KEYS.values())
def test_while_keys_change_both_are_good(key):
    now_s = int(datetime.now(UTC).timestamp())
    request = write_webhook(bound(*KEYS), NOTICE, now_s)
    told = Receiver(key).verify(request.body, dict(request.headers))
    assert told == {
        "type": "wallet.low",
        "timestamp": "2026-11-23T00:00:00+00:00",
        "data": {"party": "buyer/acme", "balance": "4.20"},
    }


def test_another_key_another_body_or_an_old_time_is_not_believed():
    now_s = int(datetime.now(UTC).timestamp())
    for request, body in (
        (write_webhook(bound("env:ONE"), NOTICE, now_s), b'{"type":"wallet.full"}'),
        (write_webhook(bound("env:TWO"), NOTICE, now_s), None),
        (write_webhook(bound("env:ONE"), NOTICE, now_s - 3600), None),
    ):
        with pytest.raises(WebhookVerificationError):
            Receiver(KEYS["env:ONE"]).verify(body or request.body, dict(request.headers))


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_AAAA", "whsec_" + "A" * 100, "A" * 32, "whsec_?"]
)
def test_a_secret_that_is_none_is_refused_without_being_quoted(text):
    with pytest.raises(ValueError, match="24 to 64 bytes") as caught:
        read_key(text)
    assert not text.removeprefix("whsec_") or text not in str(caught.value)


def test_what_is_wrong_with_webhooks_is_told_all_at_once():
    def secrets(reference):
        if reference == "env:NONE":
            raise SecretError('"env:NONE": the variable NONE is not set, or empty')
        return "short"

    hooks = [
        Webhook(name, "https://a.example", (f"env:{name.upper()}",)) for name in ("none", "bad")
    ]
    assert [line.split(":")[0] for line in bind_webhooks(hooks, secrets).problems] == [
        "webhook none",
        "webhook bad",
    ]


def tries(answers_at_once=True, wait_s=0.0):
    """Return when each try is made, in seconds from the first, if none succeeds."""
    at_s, made = 0.0, [0.0]
    while (later := again_s(SCHEDULE_S, len(made), at_s, wait_s)) is not None:
        at_s += later
        made.append(at_s)
    return made


def test_tries_go_on_for_a_day_as_the_specification_has_it():
    assert tries() == [float(at) for at in SCHEDULE_S]
    assert tries()[-1] == 24 * 3600


def test_a_receiver_that_wants_to_be_left_alone_is_but_not_beyond_the_day():
    made = tries(wait_s=20_000.0)
    assert all(later - at >= 20_000 for at, later in itertools.pairwise(made))
    assert made[-1] <= 24 * 3600
    assert tries(wait_s=90_000.0) == [0.0]


@pytest.mark.parametrize(
    ("said", "waits"), [("120", 120), ("999999", 86_400), ("-5", 0), ("soon", 0), (None, 0)]
)
def test_retry_after_is_read_in_seconds(said, waits):
    headers = () if said is None else (("retry-after", said),)
    assert retry_after_s(HttpReply(503, headers, b"")) == waits


def test_a_partys_webhook_hears_its_own_notices_and_the_operators_all():
    own = Webhook("a", "https://a.example", ("env:ONE",), buyer="acme")
    other = Webhook("b", "https://a.example", ("env:ONE",), publisher="acme")
    ours = Webhook("c", "https://a.example", ("env:ONE",), kinds=("wallet.low",))
    told = [one.takes("wallet.low", "buyer/acme") for one in (own, other, ours)]
    assert told == [True, False, True]
    assert not own.takes("wallet.low", "buyer/zenith")
    assert not ours.takes("wallet.empty", "buyer/acme")
    assert not own.takes("ledger.broken", "operator")
