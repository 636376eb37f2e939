"""Our check of a webhook's signature, and the carrier's own SDK beside it."""

import time
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from auctiond.sandbox.carrier.signing import public_key, signed_headers
from telephony.telnyx import is_genuine, read_webhook
from tests.telephony.webhooks import webhook

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = public_key(KEY)
NOW_S = 1_795_424_400.7
BODY = webhook("call.hangup", hangup_cause="user_busy", sip_hangup_cause="486")


def headers_at(at_s, body=BODY, key=KEY):
    return signed_headers(key, body, at_s)


def test_what_the_carrier_signed_is_genuine():
    assert is_genuine(BODY, headers_at(NOW_S), PUBLIC, NOW_S)
    loud = {name.title(): value for name, value in headers_at(NOW_S).items()}
    assert is_genuine(BODY, loud, PUBLIC, NOW_S)


@pytest.mark.parametrize(
    ("late_s", "genuine"), [(299, True), (-299, True), (302, False), (-301, False)]
)
def test_a_signature_is_good_for_five_minutes_either_side(late_s, genuine):
    assert is_genuine(BODY, headers_at(int(NOW_S) - late_s), PUBLIC, int(NOW_S)) is genuine


def test_what_is_forged_or_missing_is_refused():
    good = headers_at(NOW_S)
    stranger = headers_at(NOW_S, key=Ed25519PrivateKey.generate())
    assert not is_genuine(BODY + b" ", good, PUBLIC, NOW_S)
    assert not is_genuine(BODY, stranger, PUBLIC, NOW_S)
    assert not is_genuine(BODY, good, PUBLIC[:31], NOW_S)
    assert not is_genuine(BODY, good, b"", NOW_S)
    assert not is_genuine(BODY, good | {"telnyx-timestamp": str(int(NOW_S) + 1)}, PUBLIC, NOW_S)
    for name in ("telnyx-timestamp", "telnyx-signature-ed25519"):
        assert not is_genuine(BODY, {**good, name: ""}, PUBLIC, NOW_S)
        assert not is_genuine(BODY, {k: v for k, v in good.items() if k != name}, PUBLIC, NOW_S)


@pytest.mark.parametrize(
    "written", ["-1", "1_0", " 1795424400", "1795424400.0", "\u0661", "9" * 13]
)
def test_an_odd_timestamp_is_refused_before_it_is_a_number(written):
    signature = b64encode(KEY.sign(written.encode() + b"|" + BODY)).decode()
    odd = {"telnyx-timestamp": written, "telnyx-signature-ed25519": signature}
    assert not is_genuine(BODY, odd, PUBLIC, NOW_S, tolerance_s=1e18)


@given(
    st.binary(),
    st.dictionaries(
        st.sampled_from(["telnyx-timestamp", "telnyx-signature-ed25519"]), st.text() | st.just("1")
    ),
    st.binary(),
    st.floats(),
)
def test_nothing_makes_the_check_raise(body, headers, key, now_s):
    assert is_genuine(body, headers, key, now_s, tolerance_s=1e18) is False


@pytest.fixture(scope="module")
def sdk():
    from telnyx import Telnyx  # Two seconds: where it is used, not where tests are collected.

    with Telnyx(api_key="KEY", public_key=b64encode(PUBLIC).decode()) as client:
        yield client


def test_the_carriers_sdk_agrees_about_signature_and_fields(sdk):
    from telnyx.types import CallGatherEndedWebhookEvent, CallHangupWebhookEvent

    now_s = time.time()
    event = sdk.webhooks.unwrap(BODY.decode(), headers=headers_at(now_s))
    assert isinstance(event, CallHangupWebhookEvent)
    ours = read_webhook(BODY)
    assert event.data.id == ours.event_id
    assert event.data.payload.call_control_id == ours.ref
    assert event.data.payload.call_session_id == ours.call_ref
    assert event.data.payload.hangup_cause == "user_busy"
    assert event.data.occurred_at.microsecond // 1000 == ours.at_ms % 1000
    assert int(event.data.occurred_at.timestamp()) == ours.at_ms // 1000
    digits = webhook("call.gather.ended", digits="90210", status="valid")
    event = sdk.webhooks.unwrap(digits.decode(), headers=headers_at(now_s, digits))
    assert isinstance(event, CallGatherEndedWebhookEvent)
    assert event.data.payload.digits == read_webhook(digits).digits


@pytest.mark.parametrize("wrong", ["old", "future", "forged", "missing"])
def test_what_the_sdk_refuses_so_do_we(sdk, wrong):
    from telnyx.lib.webhook_verification import WebhookVerificationError

    now_s = time.time()
    headers = headers_at(now_s + {"old": -302, "future": 302}.get(wrong, 0))
    body = BODY + b" " if wrong == "forged" else BODY
    if wrong == "missing":
        del headers["telnyx-signature-ed25519"]
    assert not is_genuine(body, headers, PUBLIC, now_s)
    with pytest.raises((WebhookVerificationError, ValueError)):
        sdk.webhooks.unwrap(body.decode(), headers=headers)
