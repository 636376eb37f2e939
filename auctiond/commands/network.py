"""`auctiond network`: check a network file; compare it, apply it, or export it from a server."""

from __future__ import annotations

from pathlib import Path

import click

import buyers
from auctiond.net.api_client import ApiClient, ApiError, api_options
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
def check(file: Path) -> None:
    """Say everything that is wrong with FILE; needs no server."""
    network = _read(file)
    counts = ("campaigns", "publishers", "numbers", "buyers", "targets")
    told = ", ".join(f"{len(getattr(network, name))} {name}" for name in counts)
    click.echo(f"{file}: good. {told}.")


@command.command("diff")
@file_argument
@api_options
def diff_command(file: Path, url: str, key: str) -> None:
    """Show what FILE would change on the server."""
    new = _read(file)
    with ApiClient(url, key) as client:
        old, version = _current(client)
    _show(old, new, version)


@command.command()
@file_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@api_options
def apply(file: Path, yes: bool, url: str, key: str) -> None:
    """Make FILE the server's network, after showing the changes."""
    new = _read(file)
    with ApiClient(url, key) as client:
        old, version = _current(client)
        if not _show(old, new, version):
            return
        if not yes:
            click.confirm("Apply?", abort=True)
        body = write_network(new).encode()
        headers = {"content-type": "application/toml", "if-match": version}
        reply = client.send("PUT", PATH, body=body, headers=headers)
    click.echo(f"Applied: version {_plain(reply.headers.get('etag', ''))}.")


@command.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, not here.")
@api_options
def export(output: Path | None, url: str, key: str) -> None:
    """Print the server's network as a file that can be applied again."""
    with ApiClient(url, key) as client:
        text = client.send("GET", PATH).text
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")


def _read(file: Path) -> Network:
    try:
        return read_network(file.read_text("utf-8"), str(file), known_formats())
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is no text in UTF-8") from None
    except NetworkError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        count = len(error.problems)
        wrong = "1 thing is" if count == 1 else f"{count} things are"
        raise click.ClickException(f"{wrong} wrong with this network:\n{lines}") from None


def known_formats() -> frozenset[str]:
    """Return the names of the buyers' formats: each is a file of the library."""
    library = Path(buyers.__file__).parent / "library"
    return frozenset(found.stem for found in library.glob("*.toml"))


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
    for change in changes:
        click.echo(str(change))
    if not changes:
        click.echo(f"No changes to version {_plain(version)}.")
    return bool(changes)


def _plain(version: str) -> str:
    return version.strip('"')
