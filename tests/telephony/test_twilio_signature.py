"""Twilio's signature: its own published examples, and its library on whatever we sign."""

from hashlib import sha256
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from auctiond.sandbox.carrier.twilio import Twilio as Sandbox
from telephony._carrier import Webhook
from telephony._twilio_signature import is_genuine, sign
from telephony.twilio import CARRIER

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
FORM = {"content-type": "application/x-www-form-urlencoded"}
HOOK = "https://calls.example.com/hooks/twilio"


def signed(signature, **more):
    return FORM | {"x-twilio-signature": signature} | more


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL.replace(".com", ".com:1234"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            URL.replace(".com", ".com:1234").replace("https", "http"),
            "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        ),
        (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),  # Of port 443.
        (URL.replace("https", "http"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),  # Of port 80.
    ],
)
def test_twilios_own_examples_are_genuine(url, signature):
    body = urlencode(CALL).encode()
    assert is_genuine(url, body, signed(signature), TOKEN)
    assert not is_genuine(url, body + b"&Digits=9", signed(signature), TOKEN)
    assert not is_genuine(url, body, signed(signature), "12346")
    assert not is_genuine(url + "&x=1", body, signed(signature), TOKEN)


def test_a_name_that_comes_twice_is_signed_with_both_values():
    body = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234"
    assert is_genuine(URL, body, signed("IK+Dwps556ElfBT0I3Rgjkr1wJU="), TOKEN)


def test_of_json_the_address_holds_the_hash():
    body = b'{"property": "value", "boolean": true}'
    url = f"{URL}&bodySHA256={sha256(body).hexdigest()}"
    headers = {"x-twilio-signature": "a9nBmqA0ju/hNViExpshrM61xv4=", "content-type": "text/json"}
    assert is_genuine(url, body, headers, TOKEN)
    assert not is_genuine(url, body + b" ", headers, TOKEN)


def test_a_shared_key_may_use_the_longer_hash_and_an_unknown_hash_proves_nothing():
    long = RequestValidator(TOKEN).compute_signature(URL, CALL, "HMAC_SHA256")
    body, settings = urlencode(CALL).encode(), "x-twilio-webhooks-signature-settings"
    told = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    assert is_genuine(URL, body, signed(long, **{settings: told}), TOKEN)
    assert not is_genuine(URL, body, signed(long), TOKEN)
    assert not is_genuine(URL, body, signed(long, **{settings: "algorithm=HMAC_SHA512"}), TOKEN)


@pytest.mark.parametrize("headers", [{}, signed(""), signed("\xff"), signed("RSOYDt4T1cUTdK1P")])
def test_what_is_not_signed_is_not_genuine(headers):
    assert not is_genuine(URL, urlencode(CALL).encode(), headers, TOKEN)


def test_without_a_token_nothing_is_genuine():
    body = urlencode(CALL).encode()
    made = sign(URL, CALL.items(), "").decode()
    assert not is_genuine(URL, body, signed(made), "")


@given(st.dictionaries(st.text("abcXYZ", min_size=1), st.text(max_size=20), max_size=6))
def test_twilios_library_agrees_with_us_and_with_the_sandbox(told):
    request = Sandbox(TOKEN).write(URL, told)
    signature = request.headers["x-twilio-signature"]
    assert RequestValidator(TOKEN).validate(URL, told, signature)
    assert is_genuine(URL, request.body, request.headers, TOKEN)


@pytest.mark.parametrize("hint", ["", "?w=2"])  # Of several workers each has its own address.
def test_the_address_is_ours_as_the_settings_have_it_with_the_query_that_came(hint):
    values = {"account_sid": "AC1", "auth_token": TOKEN, "api_url": "https://api.twilio.com"}
    request = Sandbox(TOKEN).write(HOOK + "?k=leg&l=1", CALL)
    webhook = Webhook(request.body, request.headers, "k=leg&l=1", 0)
    assert CARRIER(values, HOOK + hint).is_genuine(webhook)
    assert not CARRIER(values, "https://elsewhere.example.com/hooks/twilio").is_genuine(webhook)
