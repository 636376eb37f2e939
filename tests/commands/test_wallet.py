"""`auctiond wallet` fills wallets, each payment once."""

import pytest

from tests.shell.small_network import network as small_network


@pytest.fixture(scope="module", autouse=True)
def network(live, tmp_path_factory):
    file = tmp_path_factory.mktemp("net") / "net.toml"
    file.write_text(small_network(secret="env:HOME"))
    result = live.run("network", "apply", "--yes", file)
    assert result.exit_code == 0, result.output


def test_a_wallet_is_filled_and_listed(live):
    result = live.run("wallet", "top-up", "acme", "1,500.50", "--ref", "first-deposit")
    assert result.output == "The wallet of acme has 1,500.50.\n"
    header, *rows = (line.split() for line in live.run("wallet", "list").output.splitlines())
    assert header == ["buyer", "balance", "held", "free"]
    assert ["acme", "1,500.50", "0.00", "1,500.50"] in rows


def test_the_same_payment_twice_counts_once(live):
    live.run("wallet", "top-up", "zenith", "10", "--ref", "twice")
    output = live.run("wallet", "top-up", "zenith", "10", "--ref", "twice").output
    assert "Nothing was added: the payment 'twice' had come before." in output
    assert "The wallet of zenith has 10.00." in output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody", "10", "--ref", "a"), "There is no buyer 'nobody'"),
        (("acme", "ten", "--ref", "a"), "expected dollars, like 500.00, not 'ten'"),
        (("acme", "0", "--ref", "a"), "expected more than 0"),
        (("acme", "10"), "Missing option '--ref'"),
        (("ac/../me", "10", "--ref", "a"), "Not Found"),
    ],
)
def test_a_mistake_is_said_in_words(live, words, said):
    result = live.run("wallet", "top-up", *words)
    assert result.exit_code != 0
    assert said in result.output
