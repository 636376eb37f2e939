"""`auctiond flow`: needs no server, and says what is wrong with its place."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from auctiond.commands.flow import command
from tests.flows.small import SMALL
from tests.flows.test_in_network import NETWORK

MEDICARE = str(Path(__file__).parents[2] / "examples" / "medicare.flow.toml")
CASE = """
[[case]]
name = "a sale"
happens = ["90210", "sold"]
path = ["hello", "zip", "sell"]
ends = "sold"
"""
FULL = 'id = "small"' + SMALL


def run(*words: str, keys: str = "") -> Result:
    """Return what the command says."""
    return CliRunner().invoke(command, list(words), input=keys)


def test_a_good_flow_is_good(tmp_path: Path) -> None:
    file = tmp_path / "small.flow.toml"
    file.write_text(FULL + CASE)
    told = run("check", str(file))
    assert (told.exit_code, told.output) == (0, f"{file}: good. small: 4 nodes, 1 cases.\n")


def test_a_case_that_does_not_hold_fails_the_check(tmp_path: Path) -> None:
    file = tmp_path / "small.flow.toml"
    file.write_text(FULL + CASE.replace('ends = "sold"', 'ends = "talked"'))
    told = run("check", str(file))
    assert told.exit_code == 1
    assert 'case 0 (a sale): found it ends "sold"; expected "talked"' in told.output


def test_mistakes_are_told_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "small.flow.toml"
    file.write_text(FULL.replace('next = "zip"', 'next = "zap"'))
    told = run("check", str(file))
    assert told.exit_code == 1
    assert f"{file}:7: node[0].next: found the unknown node" in told.output


def test_the_flows_of_a_network_are_checked_and_drawn(tmp_path: Path) -> None:
    (tmp_path / "small.flow.toml").write_text(SMALL)
    file = tmp_path / "network.toml"
    file.write_text(NETWORK)
    assert "small: 4 nodes" in run("check", str(file)).output
    assert run("draw", str(file)).output.startswith("flowchart TD\n")
    assert run("draw", str(file), "--flow", "big").exit_code == 2


def test_one_plays_the_caller() -> None:
    keys = "silence\n67\n1\n85001\ntells area=west\nsold\n"
    told = run("simulate", MEDICARE, keys=keys)
    assert told.exit_code == 0
    assert "collected: state = AZ" in told.output
    assert "POST https://plans.example.com/area within 800 ms" in told.output
    assert told.output.splitlines()[-1].startswith("The call ends: sold. Known: ivr.age = 67")


def test_what_is_known_may_be_given() -> None:
    told = run("simulate", MEDICARE, "--fact", "zip=85001", keys="silence\n67\n1\nfailed\nsold\n")
    assert "gather zip" not in told.output
    assert "The call ends: sold." in told.output
    assert run("simulate", MEDICARE, "--fact", "zip").exit_code == 2


def test_a_campaign_without_a_flow_has_the_smallest_there_is() -> None:
    file = str(Path(MEDICARE).parent / "auto_insurance.toml")
    drawn = run("draw", file, "--campaign", "auto").output
    assert all(node in drawn for node in ("greeting<br/>", "zip<br/>", "sell<br/>", "fallback"))
    told = run("simulate", file, "--campaign", "auto", keys="10001\nunsold\nunanswered\n")
    assert "Thank you for calling about car insurance" in told.output
    assert "The call ends: hung_up." in told.output
    assert run("draw", file, "--campaign", "none").exit_code == 2
