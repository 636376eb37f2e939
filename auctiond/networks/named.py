"""Networks as commands name them: a file, a version that the server has, or what is staged there.

What is wrong with one ends the command, with all that is wrong.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import click

from auctiond.net.api_client import ApiClient, ApiError
from auctiond.networks.reading import read_file
from market.network import Network
from routing.network_file import NetworkError, read_network

PATH = "/v1/network"
STAGED = "staged"
NONE_YET = '"0"'  # The version to match where the server has no network so far.
EMPTY = Network("", (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class Named:
    network: Network
    name: str  # For people: "version 3", "what is staged", or the file.
    version: str = ""  # As an ETag, where the server has it.


def network_in(file: Path, formats: Collection[str] | None = None) -> Network:
    """Return the network in `file`; without `formats` the server knows whether it has those."""
    try:
        return read_file(file, formats)
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is no text in UTF-8") from None
    except NetworkError as error:
        raise wrong([str(problem) for problem in error.problems]) from None


def wrong(problems: list[str]) -> click.ClickException:
    """Return the error that tells all `problems` of a network."""
    lines = "\n".join(f"  {problem}" for problem in problems)
    many = "1 thing is" if len(problems) == 1 else f"{len(problems)} things are"
    return click.ClickException(f"{many} wrong with this network:\n{lines}")


def in_force(client: ApiClient) -> Named:
    """Return the server's network; an empty one where it has none yet."""
    try:
        reply = client.send("GET", PATH)
    except ApiError as error:
        if error.status != 404:
            raise
        return Named(EMPTY, "the first network", NONE_YET)
    version = reply.headers.get("etag", NONE_YET)
    network = read_network(reply.text, "the server's network")
    return Named(network, f"version {plain(version)}", version)


def named(client: ApiClient, word: str) -> Named:
    """Return the network that `word` means: "staged", a version's number, or a file."""
    if word == STAGED:
        reply = client.send("GET", f"{PATH}/{STAGED}")
        return Named(read_network(reply.text, "what is staged"), "what is staged")
    if word.isdecimal():
        reply = client.send("GET", PATH, query={"version": word})
        name = f"version {int(word)}"
        return Named(read_network(reply.text, name), name)
    file = Path(word)
    if not file.is_file():
        raise click.UsageError(
            f"{word!r} is no network: give a file, the number of a version, or {STAGED}"
        )
    return Named(network_in(file), str(file))


def plain(version: str) -> str:
    """Return the number of a version that is written as an ETag."""
    return version.strip('"')
