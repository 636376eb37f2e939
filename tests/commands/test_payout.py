"""`auctiond payout`: a run from what is due to what was paid."""

import pytest

from tests.shell.small_network import network as small_network


@pytest.fixture(scope="module", autouse=True)
def network(live, tmp_path_factory):
    file = tmp_path_factory.mktemp("net") / "net.toml"
    file.write_text(small_network(secret="env:HOME"))
    assert live.run("network", "apply", "--yes", file).exit_code == 0


def test_a_run_is_made_approved_exported_and_paid(live, tmp_path):
    assert "Nothing is due" in live.run("payout", "run").output
    account = "publisher:pub"
    live.run("wallet", "adjust", "margin", account, "12.50", "--reason", "promised")
    header, row = live.run("payout", "due").output.splitlines()
    assert header.split() == ["publisher", "owed", "due", "now"]
    assert row.split() == ["pub", "12.50", "12.50", "USD"]
    made = live.run("payout", "run").output
    assert "Approve it with: auctiond payout approve 1" in made
    assert ["pub", "12.50", "USD", "1"] in [line.split()[:4] for line in made.splitlines()]
    assert "approve it first" in live.run("payout", "mark-paid", 1, "pub", "--ref", "w").output
    assert live.run("payout", "approve", 1).output == "Run 1 over 12.50 is approved.\n"
    file = tmp_path / "run.csv"
    assert "1 lines written" in live.run("payout", "export", 1, "--output", file).output
    assert file.read_text().splitlines()[1].startswith("1,pub,USD,,")
    paid = live.run("payout", "mark-paid", 1, "--all", "--ref", "WIRE-1")
    assert paid.output == "12.50 USD were paid to pub.\n"
    back = live.run("payout", "mark-failed", 1, "pub", "--reason", "closed")
    assert back.output == "12.50 USD are owed to pub again.\n"
    assert "failed" in live.run("payout", "show", 1).output
    assert "made (UTC)" in live.run("payout", "list").output
    live.run("wallet", "adjust", account, "margin", "12.50", "--reason", "taken_back")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "77"), "there is no run 77"),
        (("due", "--until", "soon"), "until: expected a date"),
        (("mark-paid", "1", "--ref", "w"), "Name publishers, or say --all."),
    ],
)
def test_a_mistake_is_said_in_words(live, words, said):
    assert said in live.run("payout", *words).output
