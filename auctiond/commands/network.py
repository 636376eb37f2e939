"""`auctiond network`: check a network file; compare it, apply it, or export it from a server."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import orjson

from auctiond.config import ConfigError, load_settings
from auctiond.keys.secret import BuyerSecrets
from auctiond.net.api_client import ApiClient, ApiError
from auctiond.networks.network_book import bind_targets
from auctiond.networks.reading import read_file
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.tables import grid, show
from auctiond.show.terminal import terminal
from buyers.errors import BuyerFileError
from buyers.format import BuyerFormat
from buyers.library import load_library
from market.network import Network
from routing.network_diff import diff
from routing.network_file import NetworkError, read_network, write_network

PATH = "/v1/network"
NONE_YET = '"0"'  # The version to match where the server has no network so far.
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def command() -> None:
    """Check, compare, apply and export the network: campaigns, numbers, buyers, targets."""


@command.command()
@file_argument
@click.option("--secrets", is_flag=True, help="Look up the secrets too, as the server would here.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings, for --secrets.")
def check(file: Path, secrets: bool, config: Path | None) -> None:
    """Say everything that is wrong with FILE: its keys, and what each format asks for.

    Needs no server.
    """
    network = _read(file)
    names = ("campaigns", "publishers", "numbers", "buyers", "targets")
    told = ", ".join(_count(len(getattr(network, name)), name) for name in names)
    _check_targets(file, network, _secrets(config), look_up=secrets)
    click.echo(f"{file}: good. {told}.")


@command.command("diff")
@file_argument
@server_options
def diff_command(file: Path, server: ServerPlace) -> None:
    """Show what FILE would change on the server."""
    new = _read(file)
    with server.open() as client:
        old, version = _current(client)
    _show(old, new, version)


@command.command()
@file_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
def apply(file: Path, yes: bool, server: ServerPlace) -> None:
    """Make FILE the server's network, after showing the changes."""
    new = _read(file)
    with server.open() as client:
        old, version = _current(client)
        if not _show(old, new, version):
            return
        if not yes:
            click.confirm("Apply?", abort=True)
        body = write_network(new).encode()
        headers = {"content-type": "application/toml", "if-match": version}
        reply = client.send("PUT", PATH, body=body, headers=headers)
    click.echo(f"Applied: version {orjson.loads(reply.content)['version']}.")


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
    click.echo(f"{output}: version {_plain(reply.headers.get('etag', ''))}.")


@command.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@server_options
def versions(limit: int, server: ServerPlace) -> None:
    """List the versions that were ever in force, newest first."""
    with server.open() as client:
        found = client.get(f"{PATH}/versions", limit=str(limit))["versions"]
    if not found:
        click.echo("There is no network yet. Apply one: auctiond network apply FILE")
        return
    rows = []
    for one in found:
        at = datetime.fromisoformat(one["applied_at"]).astimezone()
        rows.append([str(one["version"]), f"{at:%Y-%m-%d %H:%M:%S %Z}", one["applied_by"]])
    console = terminal()
    show(console, grid([">version", "applied", "by the key"], rows, console.width))


def _read(file: Path) -> Network:
    try:
        return read_file(file, known_formats().keys())
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is no text in UTF-8") from None
    except NetworkError as error:
        raise _wrong([str(problem) for problem in error.problems]) from None


def known_formats() -> dict[str, BuyerFormat]:
    """Return the buyers' formats by name: each is a file of the library."""
    try:
        return load_library()
    except BuyerFileError as error:
        raise click.ClickException(str(error)) from None


def _check_targets(file: Path, network: Network, secrets: BuyerSecrets, *, look_up: bool) -> None:
    """Join the targets with their formats, with stand-ins for secrets unless `look_up`."""

    def stand_in(reference: str) -> str:
        secrets.refuse_own(reference)
        return "stand-in"

    bound = bind_targets(network, known_formats(), secrets if look_up else stand_in)
    if bound.problems:
        raise _wrong([f"{file}: {problem}" for problem in bound.problems.values()])


def _secrets(config: Path | None) -> BuyerSecrets:
    try:
        settings = load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
    return BuyerSecrets(settings.secrets_path, settings.own_references)


def _wrong(problems: list[str]) -> click.ClickException:
    lines = "\n".join(f"  {problem}" for problem in problems)
    wrong = "1 thing is" if len(problems) == 1 else f"{len(problems)} things are"
    return click.ClickException(f"{wrong} wrong with this network:\n{lines}")


def _count(number: int, names: str) -> str:
    return f"{number} {names if number != 1 else names.removesuffix('s')}"


def _current(client: ApiClient) -> tuple[Network, str]:
    """Return the server's network and its version; an empty one where it has none yet."""
    try:
        reply = client.send("GET", PATH)
    except ApiError as error:
        if error.status != 404:
            raise
        return Network("", (), (), (), (), ()), NONE_YET
    return read_network(reply.text, "the server's network"), reply.headers.get("etag", NONE_YET)


def _show(old: Network, new: Network, version: str) -> bool:
    changes = diff(old, new)
    since = "the first network" if version == NONE_YET else f"version {_plain(version)}"
    if not changes:
        click.echo(f"No changes to {since}.")
        return False
    click.echo(f"Changes to {since}:" if version != NONE_YET else f"This is {since}:")
    for change in changes:
        click.echo(f"  {change}")
    return True


def _plain(version: str) -> str:
    return version.strip('"')
