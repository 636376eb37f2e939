"""`auctiond auction`: decide recorded auctions again, on the network they had or on another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import orjson

from auctiond.calls.past_calls import PastNetworks, history_of, summary_of
from auctiond.calls.replay_summary import Summary
from auctiond.command_group import Listed
from auctiond.commands.call import full_id
from auctiond.net.api_client import ApiClient
from auctiond.networks.named import network_in
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.replay_tables import (
    replayed_table,
    show_summary,
    summary_lines,
    supposed_table,
)
from auctiond.show.tables import show
from auctiond.show.terminal import heading, terminal
from auctiond.show.why_not import why_lines
from market.bids import TargetId
from routing.snapshot import Snapshot, compile_network

LAST = 500  # Calls, where nothing is said.


@click.group(cls=Listed)
def command() -> None:
    """Decide recorded auctions again."""


@command.command()
@click.argument("call_id", required=False)
@click.option("--network", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="On this network, not on the one they had.")  # fmt: skip
@click.option("--last", type=click.IntRange(1), help=f"The newest calls; {LAST} if none is said.")
@click.option("--since", type=click.DateTime(), help="All calls since then, by local time.")
@click.option("--campaign", help="Only calls of this campaign.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@server_options
def replay(
    call_id: str | None,
    file: Path | None,
    last: int | None,
    since: datetime | None,
    campaign: str | None,
    as_json: bool,
    server: ServerPlace,
) -> None:
    """Decide CALL_ID again, or many calls; say what differs, and what FILE would have earned.

    It is computed here, from the server's records; the server does nothing but tell them.
    """
    new = compile_network(0, network_in(file)) if file is not None else None
    if call_id is not None and (last or since or campaign):
        raise click.UsageError("one call, or many: --last, --since and --campaign are for many")
    with server.open() as client:
        networks = PastNetworks(client)
        if call_id is not None:
            summary = _one(client, networks, full_id(client, call_id), new, as_json)
        else:
            since_ms = int(since.timestamp() * 1000) if since is not None else 0
            most = last or (None if since is not None else LAST)
            summary = summary_of(client, networks, new, most, since_ms, campaign)
            _tell_all(summary, file, as_json)
    if summary.differ:
        raise click.ClickException(f"decided otherwise than recorded: {', '.join(summary.differ)}")


@command.command("why")
@click.argument("call_id")
@click.argument("target")
@server_options
def why_command(call_id: str, target: str, server: ServerPlace) -> None:
    """Say why TARGET did not get CALL_ID, also in tiers too large to have each on record."""
    with server.open() as client:
        networks, full = PastNetworks(client), full_id(client, call_id)
        past = history_of(client.get(f"/v1/call-logs/{full}"))
        was = networks.of(past)
    lines = list(why_lines(past, was, TargetId(target)))
    if not lines:
        raise click.ClickException(f"no tier that was asked for this call has the target {target}")
    click.echo("\n".join(lines))


def _one(
    client: ApiClient, networks: PastNetworks, call_id: str, new: Snapshot | None, as_json: bool
) -> Summary:
    past, summary = history_of(client.get(f"/v1/call-logs/{call_id}")), Summary()
    was = networks.of(past)
    summary.add(past, was, new)
    if as_json:
        click.echo(orjson.dumps(summary.to_json(), option=orjson.OPT_INDENT_2))
        return summary
    console = terminal()
    if was is None or summary.skipped:
        raise click.ClickException(f"call {call_id} cannot be decided again: {_why(summary)}")
    show(console, replayed_table(past, was, console.width))
    if new is not None:
        heading(console, "On the other network")
        show(console, supposed_table(past, was, new, console.width))
        click.echo("\n".join(summary_lines(summary)))
    return summary


def _why(summary: Summary) -> str:
    return ", ".join(summary.skipped) or "its network cannot be read"


def _tell_all(summary: Summary, file: Path | None, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(summary.to_json(), option=orjson.OPT_INDENT_2))
    else:
        show_summary(terminal(), summary, str(file or ""))
