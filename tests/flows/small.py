"""A small flow, whose parts tests change."""

from __future__ import annotations

from market.call_flow import Flow
from routing.flows.reading import read_flow
from routing.network_error import NetworkError

HELLO = """
begin = "hello"
[[node]]
id = "hello"
kind = "say"
say = "Hello."
next = "zip"
"""
ZIP = """
[[node]]
id = "zip"
kind = "gather"
check = "zip"
say = "Your zip?"
next = "sell"
otherwise = "bye"
"""
SELL = """
[[node]]
id = "sell"
kind = "auction"
needs = ["zip"]
unsold = "bye"
"""
BYE = """
[[node]]
id = "bye"
kind = "hang_up"
"""
SMALL = HELLO + ZIP + SELL + BYE


def small(text: str = SMALL) -> Flow:
    """Return a flow, read."""
    return read_flow(text, "small.flow.toml", "small")


def problems(text: str) -> list[str]:
    """Return what is wrong with a flow, each with its place."""
    try:
        small(text)
    except NetworkError as error:
        return [f"{one.key}: {one.found}; {one.right}" for one in error.problems]
    return []
