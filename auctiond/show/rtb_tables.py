"""Publishers' pings for people at a terminal: a list, and all about one. Pure.

What comes in is what /v1/rtb/bids answers; see auctiond/rtb/view.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.table import Table
from rich.text import Text

from auctiond.show.tables import amount, amounts, grid

ID_SHOWN = 8  # The end of a bid's id: random, where its beginning is a time.
Json = Mapping[str, Any]


def pings_table(bids: Sequence[Json], width: int, zone: tzinfo | None = None) -> Table:
    """Return a row for each ping; times are of `zone` (None: this machine's)."""
    promised = amounts(bid["promised_micros"] for bid in bids)
    rows = [
        [bid["id"][-ID_SHOWN:], _time(bid["at_ms"], zone), bid["door"], price, _answer(bid)]
        for bid, price in zip(bids, promised, strict=True)
    ]
    return grid(["bid", "asked", "door", ">promised", "answer"], rows, width)


def bid_table(bid: Json, width: int, zone: tzinfo | None = None) -> Table:
    """Return all about one ping, a line for each thing that is known."""
    rows = {
        "bid": bid["id"],
        "asked": _time(bid["at_ms"], zone),
        "door": bid["door"],
        "campaign": bid["campaign"],
        "publisher": bid["publisher"],
        "network": f"version {bid['network']}",
        "known": ", ".join(f"{name} {value}" for name, value in bid["facts"].items()),
        "answer": _answer(bid),
        "why": bid["text"],
        "to mend by": bid["who"],
        "promised": _money(bid["promised_micros"]),
        "until": _time(bid["expires_ms"], zone) if bid["expires_ms"] else "",
        "number": bid["number"] or "",
        "SIP address": bid["sip"] or "",
        "paid from": f"{bid['min_duration_s']:g} s of talk" if bid["min_duration_s"] else "",
        "call": bid["call"] or "",
    }
    lines = [(name, value) for name, value in rows.items() if str(value)]
    return grid(["", ""], lines, width)


def bidders_table(candidates: Sequence[Json], width: int) -> Table:
    """Return a row for each target: those who bid by rank, then why the others did not."""
    prices = amounts(row["price_micros"] for row in candidates)
    rows = [
        [
            str(row["tier"]),
            str(row["rank"] or ""),
            row["target"],
            price,
            f"{row['ms']:.0f}" if row["ms"] is not None else "",
            row["reason"] or "bid",
            row["detail"] or row.get("text", ""),
        ]
        for row, price in zip(candidates, prices, strict=True)
    ]
    return grid(
        [">tier", ">rank", "target", ">price", ">ms", "reason", "what it says"], rows, width
    )


def _answer(bid: Json) -> Text:
    test = "test: " if bid["test"] else ""
    if bid["outcome"] == "bid":
        return Text(f"{test}bid" + (", called" if bid["call"] else ""), "green")
    detail = f" {bid['detail']}" if bid["detail"] else ""
    return Text(f"{test}{bid['reason']}{detail} ({bid['code']})", "yellow")


def _money(micros: int | None) -> str:
    return "" if micros is None else amount(micros)


def _time(ms: int, zone: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, zone):%m-%d %H:%M:%S}"
