"""`python -m bench.gate`: compare these files with an earlier commit; exit 1 if they do worse.

First what can be counted (bench/counts.toml), then CPU time against the base, in turns, for each
of the probes. Who is found too slow is asked again, with more rounds, before anything fails: so a
bad minute of the machine blocks nobody. Without a base to compare with, it says so and passes.
Times by the clock are no part of it: those are a trend, and `python -m bench report` draws it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench.gate.base import NoTree, find_base, is_same, resolve, tree_of
from bench.gate.counting import count_all
from bench.gate.counts import COUNTS, BadCounts, judge, read_bounds
from bench.gate.pairs import Effort, NotRunning
from bench.gate.probe import NAMES
from bench.gate.showing import print_counts, print_verdicts
from bench.gate.versus import Comparison, compare_all

QUICK = Effort(generations=2, rounds=12)


@click.command()
@click.option("--base", "ref", help="The commit to compare with. Otherwise main's, or the last.")
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Only these probes.")
@click.option("--counts/--no-counts", default=True, help="Whether to count as well.")
@click.option("--quick", is_flag=True, help="Fewer rounds; less certain.")
@click.option("--plant", default=1.0, help="Burn so many times the CPU in head: see it caught.")
def main(ref: str | None, only: Sequence[str], counts: bool, quick: bool, plant: float) -> None:
    """Compare these files with an earlier commit; exit 1 if they cost more."""
    console = Console()
    worse = counts and _count(console)
    worse = _compare(console, ref, only or NAMES, quick, plant) or worse
    sys.exit(1 if worse else 0)


def _count(console: Console) -> bool:
    """Count, and tell whether anything has grown."""
    try:
        bounds = read_bounds(COUNTS.read_text())
    except BadCounts as error:
        raise click.ClickException(str(error)) from None
    found = count_all()
    counted = judge(found, bounds)
    print_counts(console, counted)
    for name in sorted(set(bounds) - set(found)):
        console.print(f"{name} could not be counted here.")
    return any(one.grown for one in counted)


def _compare(
    console: Console, ref: str | None, names: Sequence[str], quick: bool, plant: float
) -> bool:
    """Compare with the base, and tell whether anything is slower."""
    commit, how = (resolve(ref), ref) if ref else find_base()
    if not commit:
        if ref:
            raise click.ClickException(f"--base {ref}: there is no such commit here")
        console.print(f"CPU is not compared: {how}.")
        return False
    if is_same(commit) and plant == 1.0:
        console.print(f"CPU is not compared: nothing that runs differs from {commit[:10]} ({how}).")
        return False
    try:
        found = _compared(console, commit, names, QUICK if quick else Effort(), plant)
    except NoTree as error:
        console.print(f"CPU is not compared: {commit[:10]} cannot be checked out ({error}).")
        return False
    print_verdicts(console, found.verdicts, how, commit)
    for name, why_not in found.not_compared.items():
        console.print(f"{name} is not compared: it does not run on the base ({why_not}).")
    return found.slower


def _compared(
    console: Console, commit: str, names: Sequence[str], effort: Effort, plant: float
) -> Comparison:
    columns = (TextColumn("CPU against the base"), BarColumn(), TimeElapsedColumn())
    with tree_of(commit) as tree, Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(names) * effort.generations * effort.rounds)
        try:
            return compare_all(names, tree, plant, effort, lambda: progress.advance(bar))
        except NotRunning as error:
            raise click.ClickException(f"a probe does not run here: {error}") from None


if __name__ == "__main__":
    main(prog_name="python -m bench.gate")
