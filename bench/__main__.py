"""`python -m bench NAME [--quick] [--json]`: run one measurement and print what it found.

A measurement is a file of this folder with `measure(quick) -> Result`, plain or async. `all` runs
each in a process of its own, one after the other; `report` does so too, and writes them as a page.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from functools import partial
from pathlib import Path
from textwrap import wrap

import click
import trio

from bench.harness import Result, machine
from bench.results.everything import BadResults, Everything, read_everything
from bench.results.in_turn import Failed, run_all, run_one
from bench.results.report import write_report
from bench.results.telling import tell

COLUMNS = 80
PAGE = Path("docs/performance.html")
FILE = click.Path(path_type=Path, dir_okay=False)
READABLE = click.Path(path_type=Path, dir_okay=False, exists=True)


def names() -> list[str]:
    """Return the measurements there are: the files here that define `measure`."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if _measures(path))


def _measures(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return any(isinstance(node, kinds) and node.name == "measure" for node in tree.body)


def run(name: str, quick: bool) -> Result:
    """Return what the measurement `name` finds."""
    measure = importlib.import_module(f"bench.{name}").measure
    if inspect.iscoroutinefunction(measure):
        found: Result = trio.run(partial(measure, quick))
        return found
    result: Result = measure(quick)
    return result


def as_table(name: str, result: Result) -> str:
    """Return the same for people."""
    rows = [("figure", *item) for item in result.figures.items()]
    rows += [("ratio", *item) for item in result.ratios.items()]
    width = max(len(key) for _, key, _ in rows)
    lines = [f"{kind:<6}  {key:<{width}}  {value:>12,.3f}" for kind, key, value in rows]
    facts = ", ".join(f"{key} {value}" for key, value in machine().items())
    return "\n".join([name, *lines, *wrap(facts, COLUMNS)])


def _all(quick: bool) -> Everything:
    found = run_all(names(), quick)
    for name, why in found.failed.items():
        click.echo(f"{name} failed: {why}", err=True)
    return found


def _watched(name: str, quick: bool) -> Result:
    try:
        return run_one(name, quick)
    except Failed as error:
        raise click.ClickException(error.said or str(error)) from None


def _read(path: Path) -> Everything:
    try:
        return read_everything(path.read_bytes())
    except BadResults as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--from") from None


@click.command()
@click.argument("name", type=click.Choice([*names(), "all", "report"]))
@click.option("--quick", is_flag=True, help="A few seconds each; less certain.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
@click.option("--output", type=FILE, default=PAGE, help="Where `report` writes its page.")
@click.option("--from", "known", type=READABLE, help="Of `report`: draw this, measure nothing.")
def main(name: str, quick: bool, json_wanted: bool, output: Path, known: Path | None) -> None:
    """Measure NAME. Prints figures and ratios, never a verdict."""
    if name in ("all", "report"):
        found = _read(known) if known else _all(quick)
        if name == "report":
            write_report(found, output)
            click.echo(f"written to {output}, with pictures in {output.with_suffix('')}")
        else:
            click.echo(found.tell() if json_wanted else as_table(name, found.together()))
        sys.exit(1 if found.failed else 0)
    result = _watched(name, quick) if sys.stderr.isatty() else run(name, quick)
    click.echo(tell(name, result) if json_wanted else as_table(name, result))


if __name__ == "__main__":
    main(prog_name="python -m bench")
