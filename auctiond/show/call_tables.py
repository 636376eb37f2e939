"""Calls for people at a terminal: a list, one call's record, its timeline, who lost and why. Pure.

What comes in is what /v1/calls answers; see auctiond/calls/call_view.py and candidates.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.table import Table
from rich.text import Text

from auctiond.show.tables import amount, amounts, grid, seconds

WIDE = 100  # From here on there is room for what can be done without.
ID_SHOWN = 8  # The end of a call's id: random, where its beginning is a time.
COLOURS = {
    "sold": "green",
    "unsold": "yellow",
    "under_duration": "yellow",
    "abandoned": "magenta",
    "unreached": "magenta",
    "blocked": "red",
}
LIVE = "cyan"
# Of what a call's clearance says: the rest is how it is led, and stands in the network.
UNSAID = {"legs_max", "longest_s", "zip_tries", "zip_timeout_s", "zip_required", "worse", "leg"}
MONEY = {"reserve", "price", "price_micros"}
Json = Mapping[str, Any]


def calls_table(calls: Sequence[Json], width: int, zone: tzinfo | None = None) -> Table:
    """Return a row for each call; times are of `zone` (None: this machine's)."""
    is_wide = width >= WIDE
    times = [datetime.fromtimestamp(call["arrived_ms"] / 1000, zone) for call in calls]
    one_day = len({time.date() for time in times}) == 1
    shape = "%H:%M:%S" if one_day else "%m-%d %H:%M:%S"
    prices = amounts(call["price_micros"] for call in calls)
    more = ["campaign", "publisher"] if is_wide else []
    rows = [
        [
            call["id"][-ID_SHOWN:],
            f"{time:{shape}}",
            how_it_went(call),
            call["facts"].get("zip", ""),
            str(call["legs"] or ""),
            seconds(call["talk_ms"]),
            price,
            *(call[name] for name in more),
            call["buyer"] or "",
        ]
        for call, time, price in zip(calls, times, prices, strict=True)
    ]
    columns = ["call", "arrived", "how it went", "zip", ">legs", ">talk s", ">price", *more]
    return grid([*columns, "buyer"], rows, width)


def how_it_went(call: Json) -> Text:
    """Return how a call ended, or where it is."""
    how = call["disposition"]
    return Text(call["state"], LIVE) if how == "live" else Text(how, COLOURS.get(how, ""))


def record_table(call: Json, width: int, zone: tzinfo | None = None) -> Table:
    """Return a call's record, a line for each thing that is known."""
    arrived = datetime.fromtimestamp(call["arrived_ms"] / 1000, zone).astimezone(zone)
    rows = {
        "call": call["id"],
        "arrived": f"{arrived:%Y-%m-%d %H:%M:%S}.{arrived.microsecond // 1000:03} {arrived:%Z}",
        "number": call["tracking_number"],
        "campaign": call["campaign"],
        "publisher": call["publisher"],
        "network": f"version {call['network']}" if call["network"] else "",
        "known": _facts(call["facts"]),
        "how it went": how_it_went(call),
        "refused": call["blocked"],
        "sold to": _sale(call),
        "publisher not paid": call.get("unpaid", ""),
        "legs": str(call["legs"] or ""),
        "talk": f"{seconds(call['talk_ms'])} s" if call["talk_ms"] else "",
        "carrier": call["call_ref"],
    }
    return grid(
        ["", ""], [(Text(name, "bold"), told) for name, told in rows.items() if told], width
    )


def timeline_table(call: Json, width: int) -> Table:
    """Return what happened in a call, in order, in milliseconds since it arrived."""
    rows = [
        (f"{row['ms']:,}", _words(row["kind"]), str(row["data"].get("leg") or ""), _with(row))
        for row in call["timeline"]
    ]
    return grid([">ms", "what happened", ">leg", "with"], rows, width)


def candidates_table(call: Json, width: int) -> Table:
    """Return a row for each candidate, with the reason it got or did not get the call.

    In a narrow terminal, what is the same everywhere is left out: one tier, and effective
    prices that are the bids.
    """
    rows = call["candidates"]
    bids = amounts(row["price_micros"] for row in rows)
    effective = amounts(row["effective_micros"] for row in rows)
    tiers = width >= WIDE or len({row["tier"] for row in rows}) > 1
    worths = width >= WIDE or any(
        row["effective_micros"] not in (None, row["price_micros"]) for row in rows
    )
    lost = amounts(row["lost_by_micros"] for row in rows)
    gaps = width >= WIDE and any(lost)
    columns = [">tier"] * tiers + [">rank", "target", ">bid"] + [">effective"] * worths
    columns += [">lost by"] * gaps
    table = [
        [
            *[str(row["tier"])] * tiers,
            str(row["rank"] or ""),
            row["target"],
            bid,
            *[worth] * worths,
            *[gap] * gaps,
            f"{row['ms']:,.1f}" if row["ms"] is not None else "",
            _reason(row["reason"]),
            row["who"] if row["who"] != "nobody" else "",
            _detail(row, "" if gaps else gap),
        ]
        for row, bid, worth, gap in zip(rows, bids, effective, lost, strict=True)
    ]
    return grid([*columns, ">ms", "reason", "who mends", "detail"], table, width)


def reasons_table(call: Json, width: int) -> Table:
    """Return what each reason among a call's candidates means."""
    meanings = {_code(row["reason"]): row["text"] for row in call["candidates"]}
    return grid(["", ""], [(_reason(code), text) for code, text in meanings.items()], width)


def _code(reason: str) -> str:
    return reason.partition(":")[0]


def _reason(reason: str) -> Text:
    return Text(_code(reason), "green" if reason == "won" else "")


def _detail(row: Json, gap: str) -> str:
    """Return what else there is to say: the code's own detail, how late, by how much, the leg."""
    told = [row["reason"].partition(":")[2], f"by {gap.strip()}" if gap.strip() else ""]
    if row["late_ms"] is not None:
        told.append(f"{row['late_ms']:,.0f} ms late")
    if row.get("agreed_micros") is not None:
        told.append(f"agreed at {amount(row['agreed_micros'])}")
    if row["leg"] is not None:
        told.append(f"leg {row['leg']}")
    told += [row["confirm"] or "", row["money"] or "", row["detail"]]
    return "; ".join(one for one in told if one and one != row["reason"])


def _sale(call: Json) -> str:
    if not call["buyer"]:
        return ""
    return f"{call['buyer']} ({call['target']}) for {amount(call['price_micros'])}"


def _words(kind: str) -> str:
    """Return "bids closed" for BidsClosed."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def _with(row: Json) -> str:
    data = row["data"]
    if row["kind"] == "ended":
        return str(data["disposition"])
    if row["kind"] == "payout":
        return _payout(data)
    told = (_said(name, value, data) for name, value in data.items() if name not in UNSAID)
    return ", ".join(filter(None, told))


def _payout(data: Json) -> str:
    """Return "21.01, by base:2, bonus:south": what the publisher got, by which rules."""
    by = f", by {', '.join(data['of'])}" if data["of"] else ""
    why = f" ({data['why']})" if data["why"] else ""
    return f"{amount(data['payout_micros'])} to {data['publisher']}{by}{why}"


def _said(name: str, value: Any, data: Json) -> str:  # noqa: ANN401  JSON is anything.
    if name == "facts":
        return _facts(dict(value))
    if name in MONEY:
        return f"{name.removesuffix('_micros')} {amount(value)}"
    if name == "took_ms":
        return f"took {value:,.1f} of {data.get('deadline_ms', 0):,} ms"
    if name in ("reason", "outcome"):
        return str(value)
    if name == "bid":
        return f"{value['target']} at {amount(value['price'])}"
    if name == "caller_left":
        return "the caller left" if value else ""
    if name == "deadline_ms" or value in ("", None):
        return ""
    return f"{name} {value}"


def _facts(facts: Json) -> str:
    first = ["zip", "state", "area_code"]
    names = [name for name in first if name in facts] + [n for n in facts if n not in first]
    return ", ".join(f"{name.replace('_', ' ')} {facts[name]}" for name in names)
