"""Read how answers are understood from a buyer's file. Pure (time zones are data files)."""

from __future__ import annotations

import re
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from buyers.errors import TemplateError
from buyers.file_request import Words
from buyers.format import (
    BidForm,
    ConfirmForm,
    Expiry,
    ExpiryKind,
    Place,
    RequestForm,
    Rule,
    Verdict,
)
from buyers.path import Path, parse_path
from buyers.rules import kind
from buyers.table import Table

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
EXPIRY_KINDS = ("seconds", "epoch_s", "epoch_ms", "iso")
ABOVE_MAX = 10**9


def read_bid_form(table: Table, words: Words) -> BidForm:
    """Return how a bid is read, as `ping.response` says."""
    each = _paths(table, "each")
    if len(each) > 1:
        table.fail("each", "more than one list", "one path")
    form = BidForm(
        verdict=_verdict(table, status_accepts=False),
        each=each[0] if each else None,
        price=_paths(table, "price"),
        price_in_cents=_in_cents(table),
        place=_place(table, words),
        billable_s=_paths(table, "billable_s"),
        expires=tuple(_expiry(one) for one in table.tables("expires")),
        ref=refs(table),
    )
    table.done()
    return form


def read_verdict(table: Table) -> Verdict:
    """Return how the answer to a post is read; here a status alone may be a yes."""
    verdict = _verdict(table, status_accepts=True)
    table.done()
    return verdict


def read_confirmation(table: Table, request: RequestForm, words: Words) -> ConfirmForm:
    """Return a confirm: how its answer is read, and where a new number or price may stand."""
    form = ConfirmForm(
        request=request,
        verdict=_verdict(table, status_accepts=False),
        place=_place(table, words),
        price=_paths(table, "price"),
        price_in_cents=_in_cents(table),
    )
    table.done()
    return form


def refs(table: Table) -> tuple[tuple[Path, bool], ...]:
    """Return the paths of the buyer's ids; one with a ? behind it may be missing."""
    written = table.texts("ref")
    return tuple((_path(table, "ref", t.removesuffix("?")), not t.endswith("?")) for t in written)


def _in_cents(table: Table) -> bool:
    return table.choice("price_unit", ("dollars", "cents"), "dollars") == "cents"


def _verdict(table: Table, *, status_accepts: bool) -> Verdict:
    rules = tuple(_rule(one, status_accepts) for one in table.tables("rules"))
    if not any(rule.accepts for rule in rules):
        table.fail(
            "rules", "nothing accepts", 'a rule with then = "accept": no answer is a yes alone'
        )
    first_yes = next(n for n, rule in enumerate(rules) if rule.accepts)
    if not all(rule.accepts for rule in rules[first_yes:]):
        table.fail("rules", "a rejection after an acceptance", "write all rejections first")
    codes = table.table("codes")
    read = tuple((text, _code(codes, text)) for text in codes)
    return Verdict(rules, _paths(table, "reason"), read)


def _rule(table: Table, status_accepts: bool) -> Rule:
    accepts = table.choice("then", ("accept", "reject")) == "accept"
    paths = _paths(table, "path")
    if len(paths) > 1:
        table.fail("path", "more than one path", "one path a rule; write two rules")
    equals = table.values("is")
    above = table.integer("above", -1) if "above" in table else None
    statuses = table.values("status")
    rule = Rule(
        accepts=accepts,
        path=paths[0] if paths else None,
        equals=frozenset(key for one in equals if (key := kind(one))) if equals else None,
        above=above,
        present=table.flag("present"),
        statuses=frozenset(s for s in statuses if type(s) is int) if statuses else None,
        code=_code(table, "code") if "code" in table else "",
    )
    _check_rule(table, rule, status_accepts)
    table.done()
    return rule


def _check_rule(table: Table, rule: Rule, status_accepts: bool) -> None:
    asked = (rule.equals is not None) + (rule.above is not None) + rule.present
    if asked != (rule.path is not None):
        table.fail(
            "path", "a path and what to ask of it go together", "path with is, above or present"
        )
    if rule.path is None and rule.statuses is None:
        table.fail("path", "a rule that asks nothing", "path with is, above or present; or status")
    if rule.accepts and rule.present:
        table.fail(
            "present", "a yes by being there", '"accepted": "false" is there: use is or above'
        )
    if rule.accepts and rule.path is None and not status_accepts:
        table.fail("status", "a yes by the status alone", "add a path: gateways answer 200 as well")
    if rule.accepts and rule.code:
        table.fail("code", "a code for a yes", "codes are for rejections")
    if rule.above is not None and not 0 <= rule.above <= ABOVE_MAX:
        table.fail("above", f"found {rule.above}", "0 or more")


def _code(table: Table, key: str) -> str:
    code = table.text(key)
    if not CODE.fullmatch(code):
        table.fail(key, f"found {code!r}", "a code of small letters, digits and _")
    return code


def _place(table: Table, words: Words) -> Place:
    prefer = None
    if "prefer" in table:
        prefer = words.template(table, "prefer", table.text("prefer"), "ping")
        if not all(source.startswith("settings.") for source in prefer.sources()):
            table.fail("prefer", "changes from ask to ask", '"sip", "number" or {settings.NAME}')
    return Place(_paths(table, "number"), _paths(table, "sip"), prefer)


def _expiry(table: Table) -> Expiry:
    path = _path(table, "path", table.text("path"))
    how = table.choice("as", EXPIRY_KINDS)
    zone = _zone(table) if "zone" in table else None
    if zone and how != "iso":
        table.fail("zone", f"a zone for {how}", 'only as = "iso" has one')
    table.done()
    return Expiry(path, cast("ExpiryKind", how), zone)


def _zone(table: Table) -> ZoneInfo:
    name = table.text("zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.fail("zone", f"found {name!r}", "a zone by its IANA name, like America/New_York")


def _paths(table: Table, key: str) -> tuple[Path, ...]:
    return tuple(_path(table, key, text) for text in table.texts(key))


def _path(table: Table, key: str, text: str) -> Path:
    try:
        return parse_path(text)
    except TemplateError as error:
        table.fail(key, error.problem, error.right)
