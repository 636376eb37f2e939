"""Carriers are found by their files, and each has all that the server asks of one."""

import pytest

from auctiond.carrier_files import carrier_files, setting_keys
from telephony._carrier import Carrier, Webhook, webhook_of

NAMES = sorted(carrier_files())
KINDS = {"text": "x", "secret": "x", "url": "https://x.example", "public_key": bytes(32)}


def opened(name):
    carrier = carrier_files()[name]
    values = {one.key: one.default or KINDS[one.kind] for one in carrier.SETTINGS}
    return carrier(values, f"https://calls.example.com/hooks/{name}")


def test_the_folder_is_searched():
    assert {"telnyx", "twilio", "jambonz"} <= set(NAMES)
    assert all(key.partition("_")[0] in NAMES for key in setting_keys())


@pytest.mark.parametrize("name", NAMES)
def test_a_carriers_file_has_all_that_is_asked_of_one(name):
    carrier = opened(name)
    members = {key for key in {*vars(Carrier), *Carrier.__annotations__} if not key.startswith("_")}
    assert {key for key in members if not hasattr(carrier, key)} == set()
    assert name == carrier.NAME
    assert carrier.TITLE


@pytest.mark.parametrize("name", NAMES)
def test_what_nobody_signed_is_not_genuine(name):
    assert not opened(name).is_genuine(Webhook(b"{}", {}, "", 1_795_000_000_000))


@pytest.mark.parametrize(
    ("body", "query"), [(b"{}", ""), (b"a=b", "k=leg&l=1"), (b"?a=b\n", ""), (b"", "w=2")]
)
def test_what_the_inbox_keeps_is_the_webhook_again(body, query):
    kept = Webhook(body, {"x": "y"}, query, 5).kept()
    assert webhook_of(kept, 5) == Webhook(body, {}, query, 5)
