"""The demo keeps to itself, and tells what it found in words."""

import io

import pytest
from click.testing import CliRunner
from rich.console import Console

from auctiond.cli import main
from auctiond.sandbox.demo.figures import Witnesses, spending, verdict
from auctiond.sandbox.demo.processes import clean_environment
from auctiond.sandbox.demo.view import Board, checks_table, statement
from tests.commands.test_tables import call, printed

MONEY = {"captured_micros": 66_500_000, "payout_micros": 29_577_000, "margin_micros": 36_923_000}
FOUND = MONEY | {
    "calls": 5,
    "sold": 2,
    "unsold": 3,
    "abandoned": 0,
    "auctions": 5,
    "pings": 40,
    "bids": 36,
    "no_bids": 4,
    "timeouts": 0,
    "late_bids": 0,
    "posts": 2,
    "entries": 58,
    "promised_calls": 0,
    "payout_due_micros": 29_577_000,
    "holds_open": 0,
    "pii_in_pings": 0,
    "posts_before_connect": 0,
    "charged_without_talk": 0,
    "decision_ms": {"p50": 18.41, "p99": 114.15, "max": 114.15},
    "overshoot_ms": {"p50": 0.0, "p99": 0.0, "max": 0.0},
    "deadline_ms": 400,
    "ledger_verified": True,
    "card_paid_micros": 100_000_000,
    "recharged_micros": 400_000_000,
    "returned_micros": 5_000_000,
    "paid_out_micros": 60_000_000,
    "charged_by_processor_micros": 500_000_000,
}


def witnesses(left=433_500_000):
    sold = [call(buyer="buyer-00"), call(buyer="buyer-00")]
    wallets = [
        {"buyer": "buyer-00", "balance_micros": left},
        {"buyer": "buyer-01", "balance_micros": 500_000_000},
    ]
    paid_in = {"buyer-00": 500_000_000, "buyer-01": 500_000_000}
    return Witnesses([], sold, [], [], [], {}, True, wallets=wallets, paid_in=paid_in)


@pytest.mark.parametrize("words", [("--rate", "0"), ("--calls", "0"), ("--rate", "nan")])
def test_a_demo_that_would_never_end_is_refused(words):
    assert CliRunner().invoke(main, ["demo", *words]).exit_code == 2


def test_publishers_do_not_ping_in_a_demo_of_sip():
    refused = CliRunner().invoke(main, ["demo", "--sip", "--rtb", "50"])
    assert refused.exit_code == 2
    assert "publishers do not ping in a demo of SIP" in refused.output


def test_a_demo_of_sip_says_what_is_not_installed(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    refused = CliRunner().invoke(main, ["demo", "--sip"])
    assert refused.exit_code == 1
    assert "apt-get install" in refused.output


def test_a_demo_never_meets_the_settings_of_a_real_server(monkeypatch):
    monkeypatch.setenv("AUCTIOND_DATABASE_URL", "postgresql://production")
    assert "AUCTIOND_DATABASE_URL" not in clean_environment()
    assert "PATH" in clean_environment()


def test_the_statement_has_a_line_for_each_buyer_who_paid():
    lines = printed(statement(FOUND, spending(witnesses()), 100), 100)
    told = [" ".join(line.split()) for line in lines]
    assert told[1] == "captured from buyers 66.500 buyer-00 2 500.00 66.50 433.50"
    assert told[2] == "payout to publishers 29.577 1 more 0 0.00"
    assert max(map(len, lines)) <= 100


def test_in_a_narrow_terminal_the_wallets_stand_under_the_figures():
    lines = printed(statement(FOUND, spending(witnesses()), 80), 80)
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("buyer-00") for line in lines)


def test_a_good_verdict_is_all_ok_and_a_bad_one_names_what_is_wrong():
    good = printed(checks_table(FOUND, verdict(FOUND, witnesses()), 100), 100)
    assert all(line.startswith("ok") for line in good)
    wrong = verdict(FOUND | {"holds_open": 1}, witnesses(left=1))
    assert wrong == ["1 holds are still open", "the wallets do not add up"]
    bad = printed(checks_table(FOUND, wrong, 100), 100)
    assert bad[-2:] == ["WRONG  1 holds are still open", "WRONG  the wallets do not add up"]
    assert "ok     no hold is open" not in bad


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_the_board_fits_the_screen(width, height):
    board = Board(200)
    totals = {"captured": 1_000_000, "payout": 1, "margin": 0, "open_holds": 3}
    calls = [call()] * 40
    board.show({"placed": 40, "live": 0, "ended": {"sold": 40}, "calls": calls, "totals": totals})
    out = io.StringIO()
    Console(file=out, width=width, height=height).print(board)
    lines = out.getvalue().splitlines()
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
