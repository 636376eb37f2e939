"""What the tests of buyers share: a small format to change, and a target to bind."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path

from buyers.bind import BoundBuyer, bind
from buyers.codec import read_bid
from buyers.format import BuyerFormat
from buyers.library import read_format
from market.bids import Bid, BuyerId, NoBid, TargetId
from market.http import HttpReply
from market.money import Micros
from market.network import PingTarget, Target

NOW_MS = 1_800_000_000_000
SMALL = """
title = "Small"
[ping.request.fields]
zip = "{zip}"
[ping.response]
rules = [
    { then = "reject", path = "error", present = true },
    { then = "accept", path = "ok", is = true },
]
price = "price"
number = "number"
sip = "sip"
billable_s = "billable_s"
reason = "error"
"""


def small(more: str = "", **changes: object) -> BuyerFormat:
    """Return the small format with `more` TOML behind it and keys changed by dotted path."""
    return read(SMALL + more, changes)


def read(text: str, changes: dict[str, object] | None = None) -> BuyerFormat:
    """Return the format that `text` is."""
    data = copy.deepcopy(tomllib.loads(text))
    for place, value in (changes or {}).items():
        *parents, key = place.split("__")
        table = data
        for parent in parents:
            table = table.setdefault(parent, {})
        table[key] = value
    return read_format(data, "small", "small.toml")


def target(form: BuyerFormat, **over: object) -> Target:
    """Return a target of the format."""
    ping = {"format": form.name, "url": "https://buyer.example/ping"}
    ping |= over.pop("ping", {})
    usual = {"destination": "+15555550199", "price_max": Micros(500_000_000)}
    return Target(id=TargetId("t1"), buyer=BuyerId("b1"), ping=PingTarget(**ping), **usual | over)


def bound(form: BuyerFormat, **over: object) -> BoundBuyer:
    """Return a bound target of the format; its secrets are s3cret-NAME."""
    return bind(form, target(form, **over), lambda reference: f"s3cret-{reference}")


def answer(buyer: BoundBuyer, body: str | bytes, status: int = 200) -> Bid | NoBid:
    """Return what is read of an answer."""
    raw = body.encode() if isinstance(body, str) else body
    return read_bid(buyer, HttpReply(status, (), raw), NOW_MS)


def write(folder: Path, text: str) -> Path:
    """Return the path of a file that has the text."""
    path = folder / "odd.toml"
    path.write_text(text, encoding="utf-8")
    return path
