"""`auctiond network` stages a network, tries it, applies it, takes it back, and tells who did."""

from __future__ import annotations

import orjson
import pytest

from tests.shell.small_network import network


@pytest.fixture
def file(tmp_path):
    """Return how to write a network of a name to a file."""

    def write(name):
        path = tmp_path / f"{name}.toml"
        path.write_text(network(secret="env:HOME", name=name), "utf-8")
        return path

    return write


def done(live, *words):
    result = live.run("network", *words)
    assert result.exit_code == 0, result.output
    return result.output


def newest(live):
    lines = done(live, "versions").splitlines()
    header = next(n for n, line in enumerate(lines) if line.split()[:1] == ["version"])
    return int(lines[header + 1].split()[0])


def test_a_network_is_staged_compared_and_applied(live, file):
    done(live, "apply", "--yes", file("Before"))
    before = newest(live)
    staged = done(live, "stage", file("After"), "--note", "a better name")
    assert "changed network: name Before -> After" in staged
    told = done(live, "versions")
    assert f"1 change to version {before}" in told
    assert "a better name" in told
    assert newest(live) == before
    assert "name Before -> After" in done(live, "diff")
    assert "name After -> Before" in done(live, "diff", "staged", file("Before"))
    assert done(live, "apply", "--yes").endswith(f"Applied: version {before + 1}.\n")
    assert "nothing is staged" in live.run("network", "apply").output.lower()
    assert "name Before -> After" in done(live, "diff", before, before + 1)
    history = done(live, "history", "--changes")
    assert "a better name" in history
    assert "changed network: name Before -> After" in history
    assert history.split("\n")[1].split()[3] == "applied"


def test_a_network_is_rolled_back_to_the_one_before_or_to_any(live, file):
    for name in ("First", "Second", "Third"):
        done(live, "apply", "--yes", file(name))
    third = newest(live)
    told = done(live, "rollback", "--yes", "--note", "calls fell")
    assert f"version {third + 1}, which is version {third - 1} again" in told
    assert "to version" in done(live, "versions")
    done(live, "rollback", "--yes", third - 2)
    assert 'name = "First"' in done(live, "export")
    assert "No changes" in done(live, "rollback", "--yes", third - 2)


def test_what_is_staged_is_dropped_or_comes_at_a_time(live, file):
    done(live, "apply", "--yes", file("Now"))
    done(live, "stage", file("Never"))
    assert "Nothing is staged" in done(live, "drop")
    told = done(live, "apply", "--yes", "--at", "2099-01-01 06:00", file("Then"))
    assert "It comes into force at 2099-01-01 06:00:00" in told
    assert "comes into force at 2099-01-01 06:00:00" in done(live, "versions")
    assert "scheduled" in done(live, "history")
    done(live, "drop")
    past = live.run("network", "apply", "--yes", "--at", "2020-01-01 06:00", file("Then"))
    assert (past.exit_code, "has passed" in past.output) == (1, True)
    done(live, "drop")


def test_a_dry_run_says_what_cannot_be_decided_again(live, file):
    """The calls of this server were recorded by a release that did not note their inputs."""
    told = done(live, "dry-run", file("Any"), "--last", "5")
    assert "2 calls; " in told
    assert "1 without an auction" in told
    assert "1 of a release that did not record what decided them" in told
    summary = orjson.loads(done(live, "dry-run", file("Any"), "--json"))
    assert (summary["calls"], summary["auctions"], summary["compared"]) == (2, 0, 0)


def test_what_is_no_network_is_told(live, file):
    assert "no network: give a file" in live.run("network", "diff", "nowhere.toml").output
    many = live.run("network", "diff", "1", "2", "3")
    assert "two networks at most" in many.output
    assert "There is no version 999" in live.run("network", "dry-run", "999").output
