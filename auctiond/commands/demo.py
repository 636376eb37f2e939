"""`auctiond demo`: calls through a carrier, an auction, buyers and a ledger, all real, all here."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import trio
from rich.console import Console
from rich.live import Live

from auctiond.sandbox.demo.drive import follow, gather
from auctiond.sandbox.demo.figures import Json, Witnesses, figures, verdict
from auctiond.sandbox.demo.processes import DemoError
from auctiond.sandbox.demo.stage import DemoOptions, Stage, open_stage
from auctiond.sandbox.demo.view import (
    Board,
    candidates_table,
    money_table,
    timeline_table,
)


@click.command()
@click.option("--calls", default=20, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--rate", default=6.0, show_default=True, help="Calls a second, on average.")
@click.option("--buyers", default=12, show_default=True, type=click.IntRange(1, 200))
@click.option("--seed", default=1, show_default=True, help="The same seed, the same people.")
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(calls: int, rate: float, buyers: int, seed: int, keep: bool, as_json: bool) -> None:
    """Place calls through a sandbox carrier to sandbox buyers, and account for every one."""
    if rate <= 0:
        raise click.BadParameter("more than 0 calls a second", param_hint="--rate")
    folder = Path(tempfile.mkdtemp(prefix="auctiond-demo-"))
    folder.chmod(0o711)  # Ours alone; but as root, the database's user must pass through.
    options = DemoOptions(calls, rate, buyers, seed, folder)
    console = Console(stderr=as_json)
    try:
        wrong = trio.run(_run, options, console, keep, as_json)
    except DemoError as error:
        raise click.ClickException(f"{error}\nThe logs are in {folder}.") from None
    except KeyboardInterrupt:
        sys.exit(130)
    if wrong:
        console.print(f"The logs are in {folder}.")
        sys.exit(1)
    shutil.rmtree(folder, ignore_errors=True)


async def _run(options: DemoOptions, console: Console, keep: bool, as_json: bool) -> list[str]:
    def say(text: str) -> None:
        if not as_json:
            console.print(f"[dim]{text}[/dim]")

    async with open_stage(options, say) as stage:
        start = time.monotonic()
        board = Board(options.calls)
        if as_json:
            placed = await follow(stage, options, board.show)
        else:
            with Live(board, console=console, refresh_per_second=8):
                placed = await follow(stage, options, board.show)
        seen = await gather(stage, placed, time.monotonic() - start)
        found = figures(seen)
        wrong = verdict(found, seen)
        if as_json:
            click.echo(json.dumps(found))
        else:
            _explain(console, seen, found, wrong)
        if keep:
            await _keep(console, stage)
    return wrong


def _explain(console: Console, seen: Witnesses, found: dict[str, Any], wrong: list[str]) -> None:
    shown = max(seen.calls, key=_interest, default=None)
    if shown is not None:
        console.rule(f"Call {shown['id']}, from ring to money", align="left")
        console.print(timeline_table(shown))
        console.rule("Why each buyer did or did not get it", align="left")
        console.print(candidates_table(shown))
    console.rule("All calls", align="left")
    console.print(money_table(found))
    if not wrong:
        console.print(
            "[bold green]All calls are accounted for, no hold is open, the ledger verifies, "
            "and no buyer saw personal data in a ping.[/]"
        )
    for line in wrong:
        console.print(f"[bold red]{line}[/]")


def _interest(call: Json) -> tuple[bool, int]:
    """Sold calls that were offered to more than one buyer tell the most."""
    return call["disposition"] == "sold", call["legs"]


async def _keep(console: Console, stage: Stage) -> None:
    console.print(f"The server stays at {stage.url} until you press Ctrl-C. To look around:")
    console.print(f"  export AUCTIOND_URL={stage.url} AUCTIOND_KEY={stage.key}", soft_wrap=True)
    console.print("  auctiond call list")
    await trio.sleep_forever()
