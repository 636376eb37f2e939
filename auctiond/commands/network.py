"""`auctiond network`: check a network, compare it, prepare it, try it, apply it, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson

from auctiond.buyer_tools.find import known_formats
from auctiond.calls.past_calls import PastNetworks, summary_of
from auctiond.command_group import Listed
from auctiond.config import ConfigError, load_settings
from auctiond.keys.secret import BuyerSecrets
from auctiond.net.api_client import ApiClient
from auctiond.networks.import_command import command as import_command
from auctiond.networks.named import (
    NONE_YET,
    PATH,
    STAGED,
    Named,
    in_force,
    named,
    network_in,
    plain,
    wrong,
)
from auctiond.networks.network_book import bind_targets
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.network_tables import acts_table, stage_lines, versions_table
from auctiond.show.replay_tables import show_summary
from auctiond.show.tables import show
from auctiond.show.terminal import terminal
from buyers.format import BuyerFormat
from market.network import Network
from routing.network_diff import diff
from routing.network_file import write_network
from routing.snapshot import compile_network

LAST = 200  # Calls of a dry run, where nothing is said.
TOML = {"content-type": "application/toml"}
TIMES = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
note_option = click.option("--note", default="", help="Why, in a line, for the record.")


@click.group(cls=Listed)
def command() -> None:
    """Check, compare, stage, try, apply and export the network of campaigns and targets."""


command.add_command(import_command)


@command.command()
@file_argument
@click.option("--secrets", is_flag=True, help="Look up the secrets too, as the server would here.")
@click.option("--config", type=click.Path(path_type=Path), help="The server's settings.")
def check(file: Path, secrets: bool, config: Path | None) -> None:
    """Say everything that is wrong with FILE: its keys, and what each format asks for.

    Needs no server.
    """
    network = network_in(file, known_formats(config).keys())
    names = ("campaigns", "publishers", "numbers", "buyers", "targets")
    told = ", ".join(_count(len(getattr(network, name)), name) for name in names)
    _check_targets(file, network, known_formats(config), _secrets(config), look_up=secrets)
    click.echo(f"{file}: good. {told}.")


@command.command("diff")
@click.argument("networks", nargs=-1)
@server_options
def diff_command(networks: tuple[str, ...], server: ServerPlace) -> None:
    """Show what changes from the first of NETWORKS to the second.

    Each is a file, the number of a version, or "staged". Of one alone, what it would change of the
    network in force; of none, what is staged would.
    """
    if len(networks) > 2:
        raise click.UsageError("two networks at most: from the first to the second")
    with server.open() as client:
        old = named(client, networks[0]) if len(networks) == 2 else in_force(client)
        new = named(client, networks[-1] if networks else STAGED)
    _show(old, new)


@command.command()
@file_argument
@note_option
@server_options
def stage(file: Path, note: str, server: ServerPlace) -> None:
    """Keep FILE beside the network in force, to be applied later: checked whole, not yet used."""
    new = Named(network_in(file), str(file))
    with server.open() as client:
        if not _show(in_force(client), new):
            return
        body, query = write_network(new.network).encode(), {"note": note} if note else {}
        client.send("PUT", f"{PATH}/{STAGED}", body=body, headers=TOML, query=query)
    click.echo("Staged. Put it in force: auctiond network apply")


@command.command()
@server_options
def drop(server: ServerPlace) -> None:
    """Take back what is staged."""
    with server.open() as client:
        client.send("DELETE", f"{PATH}/{STAGED}")
    click.echo("Nothing is staged any more.")


@command.command("dry-run")
@click.argument("network", default=STAGED)
@click.option("--last", default=LAST, show_default=True, type=click.IntRange(1), help="Calls.")
@click.option("--campaign", help="Only calls of this campaign.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@server_options
def dry_run(
    network: str, last: int, campaign: str | None, as_json: bool, server: ServerPlace
) -> None:
    """Say what NETWORK would have made of the last calls.

    It is a file, the number of a version, or what is staged. The same as `auctiond auction replay`.
    """
    with server.open() as client:
        new = named(client, network)
        snapshot = compile_network(0, new.network)
        summary = summary_of(client, PastNetworks(client), snapshot, last, 0, campaign)
    if as_json:
        click.echo(orjson.dumps(summary.to_json(), option=orjson.OPT_INDENT_2))
    else:
        show_summary(terminal(), summary, new.name)


@command.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--at", type=click.DateTime(TIMES), help="Then, by local time, and not now.")
@note_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
def apply(
    file: Path | None, at: datetime | None, note: str, yes: bool, server: ServerPlace
) -> None:
    """Put FILE in force, or what is staged, after showing the changes; now, or at a time.

    It goes live whole; calls that are under way keep the network they began with.
    """
    with server.open() as client:
        old = in_force(client)
        new = Named(network_in(file), str(file)) if file is not None else named(client, STAGED)
        if not _show(old, new):
            return
        if not yes:
            click.confirm("Apply?" if at is None else f"Apply at {at:%Y-%m-%d %H:%M}?", abort=True)
        query = {"note": note} if note else {}
        if file is not None and at is None:
            headers = TOML | {"if-match": old.version}
            body = write_network(new.network).encode()
            reply = client.send("PUT", PATH, body=body, headers=headers, query=query)
            click.echo(f"Applied: version {orjson.loads(reply.content)['version']}.")
            return
        if file is not None:
            body = write_network(new.network).encode()
            client.send("PUT", f"{PATH}/{STAGED}", body=body, headers=TOML, query=query)
        _apply_staged(client, at, note)


def _apply_staged(client: ApiClient, at: datetime | None, note: str) -> None:
    order = {"at": at.astimezone().isoformat()} if at is not None else {"note": note}
    told = client.post(f"{PATH}/{STAGED}/apply", order)
    if at is None:
        click.echo(f"Applied: version {told['version']}.")
    else:
        click.echo(f"It comes into force at {datetime.fromisoformat(told['due']).astimezone()}.")


@command.command()
@click.argument("version", required=False, type=click.IntRange(1))
@note_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
def rollback(version: int | None, note: str, yes: bool, server: ServerPlace) -> None:
    """Put VERSION in force again, as a new one; without a number, the one before this."""
    with server.open() as client:
        old = in_force(client)
        wanted = version if version is not None else int(plain(old.version)) - 1
        if wanted < 1:
            raise click.ClickException("there is no version before this one")
        if not _show(old, named(client, str(wanted))):
            return
        if not yes:
            click.confirm(f"Roll back to version {wanted}?", abort=True)
        told = client.post(f"{PATH}/versions/{wanted}/rollback", {"note": note})
    click.echo(f"Applied: version {told['version']}, which is version {wanted} again.")


@command.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, not here.")
@click.option("--version", type=click.IntRange(1), help="A former version, not the newest.")
@server_options
def export(output: Path | None, version: int | None, server: ServerPlace) -> None:
    """Print the server's network as a file that can be applied again."""
    query = {"version": str(version)} if version else {}
    with server.open() as client:
        reply = client.send("GET", PATH, query=query)
    if output is None:
        click.echo(reply.text, nl=False)
        return
    try:
        output.write_text(reply.text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None
    click.echo(f"{output}: version {plain(reply.headers.get('etag', ''))}.")


@command.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@server_options
def versions(limit: int, server: ServerPlace) -> None:
    """List the versions that were ever in force, newest first, and what is staged."""
    with server.open() as client:
        found = client.get(f"{PATH}/versions", limit=str(limit))["versions"]
        staged: dict[str, Any] = client.get(f"{PATH}/stage")
    for line in stage_lines(staged):
        click.echo(line)
    if not found:
        click.echo("There is no network yet. Apply one: auctiond network apply FILE")
        return
    console = terminal()
    show(console, versions_table(found, console.width))


@command.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--changes", is_flag=True, help="With what each changed.")
@server_options
def history(limit: int, changes: bool, server: ServerPlace) -> None:
    """List who did what to the network, newest first."""
    with server.open() as client:
        found = client.get(f"{PATH}/acts", limit=str(limit))["acts"]
    console = terminal()
    show(console, acts_table(found, console.width, changes=changes))


def _check_targets(
    file: Path,
    network: Network,
    formats: Mapping[str, BuyerFormat],
    secrets: BuyerSecrets,
    *,
    look_up: bool,
) -> None:
    """Join the targets with their formats, with stand-ins for secrets unless `look_up`."""

    def stand_in(reference: str) -> str:
        secrets.refuse_own(reference)
        return "stand-in"

    bound = bind_targets(network, formats, secrets if look_up else stand_in)
    if bound.problems:
        raise wrong([f"{file}: {problem}" for problem in bound.problems.values()])


def _secrets(config: Path | None) -> BuyerSecrets:
    try:
        settings = load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
    return BuyerSecrets(settings.secrets_path, settings.own_references)


def _count(number: int, names: str) -> str:
    return f"{number} {names if number != 1 else names.removesuffix('s')}"


def _show(old: Named, new: Named) -> bool:
    changes = diff(old.network, new.network)
    if not changes:
        click.echo(f"No changes to {old.name}.")
        return False
    click.echo(f"Changes to {old.name}:" if old.version != NONE_YET else f"This is {old.name}:")
    for change in changes:
        click.echo(f"  {change}")
    return True
