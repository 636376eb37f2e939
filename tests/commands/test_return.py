"""`auctiond return` and `auctiond wallet adjust`, as far as they need no sale."""

import pytest

from auctiond.config import load_settings
from auctiond.net.api_client import ApiClient, ApiError


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list",), "There are none."),
        (("show", "7"), "there is no return 7"),
        (("show", "5d2f81aa-0000-7000-8000-000000000000"), "There is no return"),
        (("request", "5d2f81aa-0000-7000-8000-000000000000", "--reason", "spam"), "that was sold"),
        (("request", "nonsense", "--reason", "spam"), "no call ends in"),
        (
            ("void", "5d2f81aa-0000-7000-8000-000000000000", "--reason", "Jane Roe"),
            "reason: expected a word",
        ),
    ],
)
def test_what_is_not_there_is_said(live, words, said):
    assert said in live.run("return", *words).output


def test_an_adjustment_is_made(live):
    result = live.run("wallet", "adjust", "margin", "usage:adjusted", "5", "--reason", "goodwill")
    assert "5.00 went from margin to usage:adjusted: entry " in result.output
    result = live.run("wallet", "adjust", "usage:adjusted", "margin", "6", "--reason", "back")
    assert "usage:adjusted has less than 6.00" in result.output
    live.run("wallet", "adjust", "usage:adjusted", "margin", "5", "--reason", "back")
    made = live.run("wallet", "adjust", "margin", "usage:adjusted", "1", "--reason", "odd").output
    entry = made.strip().rpartition("entry ")[2].rstrip(".")
    assert "There are no notes." in live.run("wallet", "note", entry).output
    assert f"Noted about {entry}." in live.run("wallet", "note", entry, "by mistake").output
    assert live.run("wallet", "note", entry).output.strip().endswith(": by mistake")
    assert "'7' is no id" in live.run("wallet", "note", "7").output
    live.run("wallet", "adjust", "usage:adjusted", "margin", "1", "--reason", "back")
    twice = ("adjust", "margin", "usage:adjusted", "7", "--reason", "x", "--once", "key-7")
    first, again = live.run("wallet", *twice).output, live.run("wallet", *twice).output
    assert first == again
    live.run("wallet", "adjust", "usage:adjusted", "margin", "7", "--reason", "back")
    newest = live.run("wallet", "entries", "usage:adjusted").output.splitlines()
    assert newest[0].split() == ["at", "(UTC)", "what", "call", "amount", "account", "for"]
    assert "-7.00 USD" in newest[1] + newest[2]
    assert "Nothing is held." in live.run("wallet", "holds").output
    assert "expected one like wallet:acme" in live.run("wallet", "entries", "pocket").output


def client_of(live):
    admin = load_settings(live.config).admin_key_path.read_text("ascii").strip()
    return ApiClient(f"http://{live.address}", admin)


@pytest.mark.parametrize("path", ["/v1/returns?buyer=%00", "/v1/notices?party=a%00"])
def test_what_no_text_can_be_is_the_clients_mistake(live, path):
    with client_of(live) as client, pytest.raises(ApiError) as caught:
        client.send("GET", path)
    assert caught.value.status == 400


def test_an_adjustment_without_a_key_of_its_own_is_refused_for_it_could_be_made_twice(live):
    told = {"from": "margin", "to": "usage:adjusted", "amount": "1.00", "reason": "odd"}
    with client_of(live) as client:
        with pytest.raises(ApiError, match="Idempotency-Key"):
            client.post("/v1/ledger/adjustments", told)
        one, same = (client.post("/v1/ledger/adjustments", told, "the-key") for _ in range(2))
        assert one == same
