"""The gate: it catches what is planted, raises no alarm without it, and says what it cannot do."""

import random
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.gate.__main__ import main
from bench.gate.base import HEAD, find_base, tree_of
from bench.gate.compare import Pair, compare
from bench.gate.counts import COUNTS, BadCounts, judge, read_bounds
from bench.gate.deadlines import deadlines
from bench.gate.pairs import Effort, NotRunning, Side, last_line, measure
from bench.gate.syscalls import total

SOME = Effort(generations=3, rounds=24)
NOISE = 0.15  # Of one round, as on a machine that others use too.
PROCESS = 0.02  # By which one process differs from the next that runs the same.


def pairs(seed: int, slower: float) -> list[list[Pair]]:
    chance = random.Random(seed)

    def round_us(us: float) -> float:
        return us * (1 + chance.expovariate(1 / NOISE))  # Noise only ever takes longer.

    generations = []
    for _ in range(3):
        base, head = (20 * chance.gauss(1, PROCESS) for _ in range(2))
        generations.append([Pair(round_us(base), round_us(head * slower)) for _ in range(24)])
    return generations


def test_a_planted_fifth_is_caught_in_the_process_that_the_gate_runs():
    found = compare(measure("spin", Side(HEAD), Side(HEAD, plant=1.2), SOME))
    assert found.slower, found


def test_without_it_there_is_no_alarm():
    found = compare(measure("spin", Side(HEAD), Side(HEAD), SOME))
    assert not found.slower, found


def test_on_a_noisy_machine_a_fifth_is_caught_and_nothing_else_raises_an_alarm():
    assert sum(compare(pairs(seed, slower=1.25)).slower for seed in range(40)) >= 36
    assert sum(compare(pairs(seed, slower=1.05)).slower for seed in range(40)) == 0


def test_the_same_pairs_have_the_same_verdict():
    assert compare(pairs(1, 1.1)) == compare(pairs(1, 1.1))


def test_the_code_of_another_tree_is_never_measured_by_mistake(tmp_path: Path):
    with pytest.raises(NotRunning, match="it ran the code of"):
        measure("spin", Side(tmp_path), Side(HEAD), SOME)


def test_a_probe_that_fails_is_told_by_its_last_line():
    with pytest.raises(NotRunning, match="No module named"):
        measure("none", Side(HEAD), Side(HEAD), SOME)
    assert last_line("Traceback\n  | ValueError: no\n  +----\n") == "ValueError: no"


def test_a_count_may_not_grow_and_needs_a_line():
    bounds = read_bounds('[tasks]\nmost = 1\nwhy = "The auction itself."')
    assert [one.grown for one in judge({"tasks": 1.0, "new": 0.0}, bounds)] == [False, True]
    assert [one.grown for one in judge({"tasks": 1.1}, bounds)] == [True]
    assert "closer bound" in judge({"tasks": 0.5}, bounds)[0].note


@pytest.mark.parametrize(
    "text", ["[tasks]\nmost = 1", '[tasks]\nmost = "1"\nwhy = "x"', "[tasks]\nmost = 1\nwhy = ''"]
)
def test_a_bound_without_a_reason_is_none(text: str):
    with pytest.raises(BadCounts, match=r"counts.toml: \[tasks\]"):
        read_bounds(text)


def test_the_bounds_can_be_read():
    assert read_bounds(COUNTS.read_text())


def test_deadlines_hold_on_virtual_time():
    assert set(deadlines(auctions=20).values()) == {0.0}


def test_straces_table_is_read_and_no_other():
    table = "100.00    0.001234           1       700        12 total\n"
    assert total("% time     seconds\n" + table) == 700
    assert total("strace: attach: Operation not permitted") is None


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for message in ("one", "two"):
        git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return folder


def test_on_main_the_base_is_the_last_release_or_the_commit_before(repository: Path):
    assert find_base(repository) == (git(repository, "rev-parse", "HEAD^"), "the commit before")
    git(repository, "tag", "v1.0", "HEAD^")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "three")
    assert find_base(repository) == (git(repository, "rev-parse", "v1.0"), "release v1.0")


def test_on_a_branch_the_base_is_where_it_left_main(repository: Path):
    git(repository, "switch", "--quiet", "-c", "work")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "mine")
    assert find_base(repository)[0] == git(repository, "rev-parse", "main")


def test_on_main_a_merge_is_compared_with_what_main_was_before_it(repository: Path):
    before = git(repository, "rev-parse", "HEAD")
    git(repository, "switch", "--quiet", "-c", "work", "HEAD^")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "mine")
    git(repository, "switch", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "-m", "merged", "work")
    assert find_base(repository) == (before, "the commit before")


def test_a_first_commit_has_no_base(tmp_path: Path):
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    assert find_base(tmp_path)[0] == ""
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "one")
    assert find_base(tmp_path)[0] == ""


def test_a_shallow_clone_and_no_repository_have_no_base(repository: Path, tmp_path: Path):
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")
    assert find_base(tmp_path / "shallow") == (
        "",
        "no earlier commit is here (a shallow clone?)",
    )
    (tmp_path / "empty").mkdir()
    assert find_base(Path("/"))[0] == ""


def test_a_base_that_is_not_there_is_said():
    done = CliRunner().invoke(main, ["--no-counts", "--base", "no-such-thing"])
    assert done.exit_code == 1
    assert "there is no such commit" in done.output


def test_a_base_is_checked_out_and_goes_away(repository: Path):
    (repository / "file").write_text("as it was")
    git(repository, "add", "file")
    git(repository, "commit", "--quiet", "-m", "three")
    (repository / "file").write_text("as it is")
    with tree_of("HEAD", repository) as tree:
        assert (tree / "file").read_text() == "as it was"
    assert not tree.exists()
