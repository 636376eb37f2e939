"""Who is told what, as the network file has it."""

import pytest

from routing.network_diff import diff
from routing.network_file import NetworkError, read_network, write_network
from tests.shell.small_network import network

HOOK = """
[[webhook]]
id = "crm"
url = "https://crm.example/hook"
secrets = ["env:CRM", "env:CRM_NEXT"]
kinds = ["wallet.low"]
buyer = "acme"
"""


def with_buyer(keys):
    return network().replace('name = "Acme"', f'name = "Acme"\n{keys}')


def wrong(text):
    with pytest.raises(NetworkError) as caught:
        read_network(text, "net.toml")
    (problem,) = caught.value.problems
    return str(problem)


def test_addresses_and_webhooks_are_read_and_written_back():
    text = with_buyer('emails = ["pay@acme.example"]\nnotices_off = ["wallet.low"]') + HOOK
    found = read_network(text, "net.toml")
    assert found.buyers[0].emails == ("pay@acme.example",)
    assert found.webhooks[0].party == "buyer/acme"
    assert read_network(write_network(found), "again") == found


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('emails = ["acme"]', "an e-mail address"),
        ('emails = ["pay@acme.example\\r\\nBcc: x@y.example"]', "an e-mail address"),
        ('emails = ["Pay <pay@acme.example>"]', "an e-mail address"),
        (f"emails = {['a@b.example'] * 11}".replace("'", '"'), "at most 10"),
        ('notices_off = ["wallet.empty"]', "about money, or a duty"),
        ('notices_off = ["wallet.gone"]', "one of: "),
    ],
)
def test_what_is_wrong_with_a_party_is_told(keys, said):
    assert said in wrong(with_buyer(keys))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"env:CRM", "env:CRM_NEXT"', '"whsec_AAAA"', "never the key"),
        ('"env:CRM", "env:CRM_NEXT"', '"env:A", "env:B", "env:C"', "at most 2"),
        ('buyer = "acme"', 'buyer = "nobody"', 'the unknown buyer "nobody"'),
        ('buyer = "acme"', 'buyer = "acme"\npublisher = "pub"', "one of them, or neither"),
        ("https://crm.example", "http://crm.example", "an https:// address"),
        ("wallet.low", "wallet.lower", "one of: "),
    ],
)
def test_what_is_wrong_with_a_webhook_is_told(old, new, said):
    assert said in wrong(network() + HOOK.replace(old, new))


def test_a_diff_tells_no_address():
    before = read_network(network(), "a")
    after = read_network(with_buyer('emails = ["pay@acme.example"]'), "b")
    (change,) = diff(before, after)
    assert str(change) == "changed buyer acme: emails - -> 1 of them"
