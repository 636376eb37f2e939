"""Posts of leads for people at a terminal: a call's tries, and those whose end nobody knows. Pure.

What comes in is what /v1/calls/ID and /v1/posts answer; see auctiond/web/posts.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.table import Table

from auctiond.show.call_tables import ID_SHOWN
from auctiond.show.tables import grid

Json = Mapping[str, Any]


def tries_table(call: Json, width: int) -> Table:
    """Return a row for each try of a call's posts, in milliseconds since it arrived."""
    rows = [
        (
            f"{one['at_ms'] - call['arrived_ms']:,}",
            str(one["leg"]),
            one["target"],
            str(one["try"]),
            one["outcome"],
            one["reason"],
            one["by"] if one["by"] != "buyer" else "",
        )
        for one in call["posts"]
    ]
    return grid([">ms", ">leg", "target", ">try", "outcome", "reason", "by the key"], rows, width)


def posts_table(posts: Sequence[Json], width: int, zone: tzinfo | None = None) -> Table:
    """Return a row for each post that nobody knows the end of; times are of `zone`."""
    rows = [
        (
            one["call"][-ID_SHOWN:],
            str(one["leg"]),
            one["buyer"],
            one["target"],
            _time(one["since_ms"], zone),
            str(one["tries"]),
            one["outcome"],
            _time(one["again_ms"], zone) if one["again_ms"] is not None else "by a person",
        )
        for one in posts
    ]
    columns = ["call", ">leg", "buyer", "target", "since", ">tries", "outcome", "looked at again"]
    return grid(columns, rows, width)


def _time(unix_ms: int, zone: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(unix_ms / 1000, zone):%m-%d %H:%M:%S}"
