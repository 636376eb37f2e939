"""`auctiond demo`: calls through a carrier, an auction, buyers and a ledger, all real, all here."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import trio
from rich.console import Console
from rich.live import Live

from auctiond.sandbox.carrier.options import PROTOCOLS
from auctiond.sandbox.demo.drive import follow, gather
from auctiond.sandbox.demo.figures import Json, Witnesses, figures, spending, verdict
from auctiond.sandbox.demo.processes import DemoError
from auctiond.sandbox.demo.stage import DemoOptions, Stage, open_stage
from auctiond.sandbox.demo.view import Board, checks_table, statement
from auctiond.sandbox.sip.people import missing
from auctiond.show.call_tables import ID_SHOWN, candidates_table, reasons_table, timeline_table
from auctiond.show.tables import show
from auctiond.show.terminal import heading, terminal
from auctiond.start_error import first_cause

INTERRUPTED = 130  # What shells expect after Ctrl-C.


@dataclass(slots=True)
class Result:
    """How it went, once it went to its end."""

    wrong: list[str] | None = None  # None: it was stopped before.


@click.command()
@click.option("--calls", default=20, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--rate", default=4.0, show_default=True, help="Calls a second, on average.")
@click.option("--buyers", default=12, show_default=True, type=click.IntRange(1, 200))
@click.option("--seed", default=1, show_default=True, help="The same seed, the same people.")
@click.option(
    "--rtb", default=0, show_default=True, type=click.IntRange(0, 100), help="Percent asked first."
)
@click.option(
    "--carrier", type=click.Choice(PROTOCOLS), default="telnyx", show_default=True, help="Spoken."
)
@click.option("--sip", is_flag=True, help="Real SIP phones, and both switches of edge/.")
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    calls: int,
    rate: float,
    buyers: int,
    seed: int,
    rtb: int,
    carrier: str,
    sip: bool,
    keep: bool,
    as_json: bool,
) -> None:
    """Place calls through a sandbox carrier to sandbox buyers, and account for every one."""
    if not 0 < rate <= 1000:
        raise click.BadParameter("over 0, and at most 1000", param_hint="--rate")
    if sip and carrier != "telnyx":
        raise click.UsageError("--sip has switches of its own; --carrier says nothing then")
    if sip and rtb:
        raise click.BadParameter("publishers do not ping in a demo of SIP", param_hint="--rtb")
    if sip and (lacks := missing()):
        raise click.ClickException(lacks)
    folder = Path(tempfile.mkdtemp(prefix="auctiond-demo-"))
    folder.chmod(0o711)  # Ours alone; but as root, the database's user must pass through.
    options = DemoOptions(
        calls, rate, buyers, seed, folder, rtb_percent=rtb, carrier=carrier, sip=sip
    )
    console = Console(stderr=True, highlight=False) if as_json else terminal()
    result = Result()
    try:
        trio.run(_until_signal, options, console, result, keep, as_json)
    except* DemoError as group:
        raise click.ClickException(f"{first_cause(group)}\nThe logs are in {folder}.") from None
    if result.wrong:
        console.print(f"The logs are in {folder}.")
        sys.exit(1)
    shutil.rmtree(folder, ignore_errors=True)
    if result.wrong is None:
        sys.exit(INTERRUPTED)


async def _until_signal(
    options: DemoOptions, console: Console, result: Result, keep: bool, as_json: bool
) -> None:
    """Run the demo; a signal stops it, with all its processes."""
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with trio.open_signal_receiver(*wanted) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_on, signals, nursery.cancel_scope, console)
            await _run(options, console, result, keep, as_json)
            nursery.cancel_scope.cancel()


async def _cancel_on(
    signals: AsyncIterator[int], scope: trio.CancelScope, console: Console
) -> None:
    async for _ in signals:
        if not scope.cancel_called:
            console.print("\nstopping", style="dim")
        scope.cancel()


async def _run(
    options: DemoOptions, console: Console, result: Result, keep: bool, as_json: bool
) -> None:
    def say(text: str) -> None:
        if not as_json:
            console.print(text, style="dim")

    async with open_stage(options, say) as stage:
        start = time.monotonic()
        board = Board(options.calls)
        if as_json:
            placed = await follow(stage, options, board.show)
        else:
            with Live(board, console=console, refresh_per_second=8):
                placed = await follow(stage, options, board.show)
        seen = await gather(stage, placed, time.monotonic() - start, sip=options.sip)
        found = figures(seen)
        result.wrong = verdict(found, seen)
        if as_json:
            click.echo(json.dumps(found))
        else:
            _explain(console, seen, found, result.wrong)
        if keep:
            _say_how_to_look(console, stage, seen)
            await trio.sleep_forever()
        say("stopping")


def _explain(console: Console, seen: Witnesses, found: dict[str, Any], wrong: list[str]) -> None:
    width = console.width
    shown = max(seen.calls, key=_interest, default=None)
    if shown is not None:
        heading(console, f"Call {shown['id'][-ID_SHOWN:]} from ring to money, in ms")
        show(console, timeline_table(shown, width))
        heading(console, "Why each target did or did not get it")
        show(console, candidates_table(shown, width), "", reasons_table(shown, width))
    heading(console, "The money, in dollars, and the figures")
    show(console, statement(found, spending(seen), width))
    heading(console, "Verdict")
    show(console, checks_table(found, wrong, width))


def _interest(call: Json) -> tuple[bool, int]:
    """Sold calls that were offered to more than one buyer tell the most."""
    return call["disposition"] == "sold", call["legs"]


def _say_how_to_look(console: Console, stage: Stage, seen: Witnesses) -> None:
    name = "auctiond" if shutil.which("auctiond") else f"{sys.executable} -m auctiond"
    if Path(sys.argv[0]).name == "auctiond":
        name = sys.argv[0]
    heading(console, f"The server stays at {stage.url} until Ctrl-C. To look around:")
    lines = [
        f"export AUCTIOND_CONFIG={stage.config}",
        f"{name} call list",
        f"{name} call show {max(seen.calls, key=_interest)['id'][-ID_SHOWN:]}"
        if seen.calls
        else "",
        f"{name} wallet list",
        f"{name} ledger verify",
        f"{name} network export",
        f"curl {stage.url}/metrics",
    ]
    for line in filter(None, lines):
        console.print(f"  {line}", soft_wrap=True, markup=False)
