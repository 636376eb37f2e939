"""A network as a TOML file: read strictly, and refused whole with all that is wrong. Pure.

docs/network.md says every key. `write_network` writes what reads back equal.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection
from contextlib import suppress

from market.network import Network
from routing.flows.in_network import check_flows, fill_flows
from routing.network_checks import check_between
from routing.network_error import NetworkError, Note, Place, Problem, Refused
from routing.network_lines import line_of, lines_of
from routing.network_lists import fill_lists
from routing.network_tables import read_network_table
from routing.network_writing import write_network

__all__ = ["NetworkError", "Problem", "read_network", "write_network"]

SYNTAX = re.compile(r"(.*) \(at line (\d+), column (\d+)\)")


def read_network(
    text: str,
    file: str,
    formats: Collection[str] | None = None,
    beside: Callable[[str], str] | None = None,
) -> Network:
    """Return the network that `text` describes; `file` is its name for messages.

    `formats` are the names of the buyers' formats that exist; None: they are not checked.
    `beside` reads a file beside it, for lists, or raises OSError; None: lists are in `text`.
    Raises NetworkError with every problem found.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NetworkError([_syntax(str(error), file)]) from None
    notes: list[Note] = []
    whole = Place("", notes)
    fill_lists(document, whole, beside)
    if wrong := list(fill_flows(document, whole, beside)):
        raise NetworkError([*wrong, *_problems(notes, text, file)])
    network: Network | None = None
    with suppress(Refused):
        network = read_network_table(document, whole)
    check_between(document, whole, formats)
    if network is not None:
        check_flows(network, whole)
    if network is None or notes:
        raise NetworkError(_problems(notes, text, file))
    return network


def _problems(notes: list[Note], text: str, file: str) -> list[Problem]:
    lines = lines_of(text)
    problems = [Problem(file, line_of(n.key, lines), n.key, n.found, n.right) for n in notes]
    return sorted(problems, key=lambda problem: problem.line or 0)


def _syntax(message: str, file: str) -> Problem:
    """Return the problem of a file that is no TOML at all."""
    if match := SYNTAX.fullmatch(message):
        return Problem(file, int(match[2]), "(syntax)", f"at column {match[3]}: {match[1]}", "TOML")
    return Problem(file, None, "(syntax)", message, "TOML")
