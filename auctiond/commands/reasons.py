"""`auctiond reasons`: every code that says why a target did not get a call, and who can mend it."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson

from auctiond.show.reason_tables import reasons_grid, reasons_markdown
from auctiond.show.tables import show
from auctiond.show.terminal import terminal
from market.reasons import REASONS


@click.command()
@click.option("--markdown", is_flag=True, help="As docs/reasons.md.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(markdown: bool, as_json: bool) -> None:
    """List the reasons why a call was refused, or why a target did not get it.

    Needs no server.
    """
    if markdown:
        click.echo(reasons_markdown(), nl=False)
        return
    if as_json:
        lines = [{"code": code} | asdict(reason) for code, reason in REASONS.items()]
        click.echo(orjson.dumps({"reasons": lines}, option=orjson.OPT_INDENT_2))
        return
    console = terminal()
    show(console, reasons_grid(console.width))
