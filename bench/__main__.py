"""`python -m bench NAME [--quick] [--json]`: run one measurement and print what it found.

A measurement is a file of this folder with `measure(quick) -> Result`, plain or async.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import partial
from pathlib import Path

import click
import orjson
import trio

from bench.harness import Result, machine


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


def as_json(name: str, result: Result) -> bytes:
    """Return the one JSON object that a machine reads."""
    found = {"figures": result.figures, "ratios": result.ratios}
    return orjson.dumps({"bench": name, **found, "machine": machine()})


def as_table(name: str, result: Result) -> str:
    """Return the same for people."""
    rows = [("figure", *item) for item in result.figures.items()]
    rows += [("ratio", *item) for item in result.ratios.items()]
    width = max(len(key) for _, key, _ in rows)
    lines = [f"{kind:<6}  {key:<{width}}  {value:>12,.3f}" for kind, key, value in rows]
    facts = ", ".join(f"{key} {value}" for key, value in machine().items())
    return "\n".join([f"{name}  ({facts})", *lines])


@click.command()
@click.argument("name", type=click.Choice(names()))
@click.option("--quick", is_flag=True, help="A few seconds; less certain.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
def main(name: str, quick: bool, json_wanted: bool) -> None:
    """Measure NAME. Prints figures and ratios, never a verdict."""
    result = run(name, quick)
    click.echo(as_json(name, result) if json_wanted else as_table(name, result))


if __name__ == "__main__":
    main(prog_name="python -m bench")
