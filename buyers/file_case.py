"""Read the examples of a buyer's file: each [[case]] lies over what [example] says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from buyers.format import Case, Exchange, Json
from buyers.table import Table

CHARSETS = ("utf-8", "utf-16", "iso-8859-1", "windows-1252")
NOON = "2026-11-23T12:00:00+00:00"
SENDS = ("method", "url", "headers", "json", "form", "query", "xml", "body")
PING_READS = ("bid", "no_bid", "detail", "no_ping")
ASK = ("state", "zip", "area_code", "vertical", "auction_id", "told_ms", "reserve")
TARGET = ("url", "settings", "destination", "price", "price_max", "billable_after_s")
BID = ("price", "destination", "billable_s", "ref", "expires")


def read_cases(table: Table, *, pinged: bool = True) -> tuple[Case, ...]:
    """Return the cases of a file; who is not pinged has no bid in them."""
    example = table.table("example")
    ground = {key: open_table(example.table(key)) for key in ("ask", "target", "lead", "secrets")}
    example.done()
    return tuple(_case(one, ground, pinged) for one in table.tables("case"))


def _case(table: Table, ground: Mapping[str, dict[str, Json]], pinged: bool) -> Case:
    parts = {key: ground[key] | open_table(table.table(key)) for key in ground}
    _check_keys(table, "ask", parts["ask"], ASK)
    _check_keys(table, "target", parts["target"], TARGET)
    _check_keys(table, "bid", open_table(table.table("bid")), BID)
    if not isinstance(parts["target"].get("settings", {}), dict):
        table.fail("target.settings", "no table", 'like { campaign = "17" }')
    if not pinged and "post" not in table:
        table.fail("post", "nothing happens", "[case.post]: the format has no ping")
    if sum(key in table for key in ("bid", "no_bid", "no_ping")) != pinged:
        table.fail("bid", "what comes out is not said", "one of: bid, no_bid, no_ping")
    case = Case(
        name=table.text("name"),
        ask=parts["ask"],
        target=parts["target"],
        lead={key: str(value) for key, value in parts["lead"].items()},
        now_ms=unix_ms(table, "now", table.text("now", NOON)),
        ping=_exchange(table, PING_READS) if pinged else Exchange({}),
        confirm=_further(table, "confirm", ("ok", "destination", "reason", "price")),
        post=_further(table, "post", ("ok", "reason")),
        cancel=_further(table, "cancel", ()),
        token=_further(table, "token", ("token", "lasts_s")),
        secrets={key: str(value) for key, value in parts["secrets"].items()},
    )
    table.done()
    return case


def _further(table: Table, key: str, reads: tuple[str, ...]) -> Exchange | None:
    if key not in table:
        return None
    inner = table.table(key)
    exchange = _exchange(inner, reads)
    inner.done()
    return exchange


def _exchange(table: Table, reads: tuple[str, ...]) -> Exchange:
    sends = open_table(table.table("sends"))
    _check_keys(table, "sends", sends, SENDS)
    if not isinstance(sends.get("headers", {}), dict):
        table.fail("sends.headers", "no table", 'like { Authorization = "Bearer secret-key" }')
    if "json" in sends:
        sends["json"] = _json(table, sends["json"])
    headers = open_table(table.table("headers"))
    return Exchange(
        sends=sends,
        status=table.integer("status", 200),
        headers={name.lower(): str(value) for name, value in headers.items()},
        body=_body(table),
        reads={key: table.raw(key) for key in reads if key in table},
    )


def _body(table: Table) -> bytes:
    charset = table.choice("charset", CHARSETS, "utf-8")
    try:
        return table.text("body", "").encode(charset)
    except UnicodeEncodeError:
        table.fail("body", f"letters that {charset} has not", "another charset")


def _json(table: Table, text: Json) -> Json:
    try:
        value: Json = orjson.loads(str(text))
    except orjson.JSONDecodeError as error:
        table.fail("sends.json", str(error), "the JSON that is sent, as a text")
    return value


def open_table(table: Table) -> dict[str, Json]:
    """Return the table as it stands."""
    return {key: table.raw(key) for key in table}


def _check_keys(table: Table, key: str, values: Mapping[str, Json], known: tuple[str, ...]) -> None:
    for name in values:
        if name not in known and not name.startswith("ivr."):
            table.fail(f"{key}.{name}", "no such key", f"keys here are: {', '.join(known)}")


def unix_ms(table: Table, key: str, text: str) -> int:
    """Return an ISO time with its zone as Unix milliseconds."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        table.fail(key, f"found {text!r}", "an ISO time with its zone: 2026-11-23T12:00:00Z")
    return round(at.timestamp() * 1000)
