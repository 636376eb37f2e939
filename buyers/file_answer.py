"""Read how answers are understood from a buyer's file. Pure (time zones are data files)."""

from __future__ import annotations

from typing import cast, get_args

from buyers.dates import Shape, shape
from buyers.decode import MENDS
from buyers.file_rules import read_verdict
from buyers.file_selector import one_selector, read_selectors, selector_in
from buyers.file_words import Words
from buyers.filters_dates import zone_of
from buyers.format import (
    AnswerForm,
    AnswerKind,
    BidForm,
    ConfirmForm,
    Expiry,
    ExpiryKind,
    Inside,
    Place,
    PriceForm,
    PriceUnit,
    RequestForm,
    Selector,
    Verdict,
)
from buyers.table import Table

KINDS = get_args(AnswerKind)
EXPIRY_KINDS = get_args(ExpiryKind)
ACCEPT = {"json": "application/json", "xml": "application/xml, text/xml"}
UNITS_S = {"seconds": 1.0, "minutes": 60.0, "ms": 0.001}
REFS_MAX = 10


def read_bid_form(table: Table, words: Words) -> BidForm:
    """Return how a bid is read, as `ping.response` says."""
    answer, kind = read_answer(table)
    each = one_selector(table, "each", kind)
    if each is not None and each.path is None and kind != "text":
        table.fail("each", "no list in it", "a path to the bids, like bids[*]")
    unit = table.choice("billable_unit", tuple(UNITS_S), "seconds")
    form = BidForm(
        answer=answer,
        verdict=read_verdict(table, kind, status_accepts=False),
        each=each,
        price=read_selectors(table, "price", kind),
        price_form=_price_form(table),
        place=_place(table, words, kind),
        billable=read_selectors(table, "billable_s", kind),
        billable_unit_s=UNITS_S[unit],
        expires=tuple(read_expiry(one, kind) for one in table.tables("expires")),
        ref=_refs(table, kind),
    )
    table.done()
    return form


def read_post_answer(table: Table) -> tuple[AnswerForm, Verdict]:
    """Return how the answer to a post is read; here a status alone may be a yes."""
    answer, kind = read_answer(table)
    verdict = read_verdict(table, kind, status_accepts=True)
    table.done()
    return answer, verdict


def read_confirmation(table: Table, request: RequestForm, words: Words) -> ConfirmForm:
    """Return a confirm: how its answer is read, and where a new number or price may stand."""
    answer, kind = read_answer(table)
    form = ConfirmForm(
        request=request,
        answer=answer,
        verdict=read_verdict(table, kind, status_accepts=False),
        place=_place(table, words, kind),
        price=read_selectors(table, "price", kind),
        price_form=_price_form(table),
    )
    table.done()
    return form


def accept_of(table: Table) -> str:
    """Return the Accept header that goes with the answer told of in `table`."""
    return ACCEPT.get(str(table.raw("answer") or "json"), "*/*")


def ref_count(table: Table) -> int:
    """Return how many ids of the buyer an answer has."""
    return len(table.items("ref"))


def read_answer(table: Table) -> tuple[AnswerForm, AnswerKind]:
    """Return how the answer is taken apart, and the kind that paths are written for."""
    kind = _kind(table, "answer")
    separator = table.text("separator", "|")
    if "separator" in table and kind != "delimited":
        table.fail("separator", f"with answer = {kind!r}", 'only answer = "delimited" has it')
    if not 0 < len(separator) <= 8:
        table.fail("separator", f"found {separator!r}", "1 to 8 characters")
    inside = _inside(table.table("inside"), kind) if "inside" in table else None
    last = inside.kind if inside else kind
    form = AnswerForm(
        kind=kind,
        forgive=_forgive(table, kind),
        separator=separator,
        inside=inside,
        within=_within(table, last),
    )
    return form, last


def _kind(table: Table, key: str) -> AnswerKind:
    return cast("AnswerKind", table.choice(key, KINDS, "json"))


def _forgive(table: Table, kind: AnswerKind) -> frozenset[str]:
    chosen = table.texts("forgive")
    for one in chosen:
        if one not in MENDS[kind]:
            table.fail("forgive", f"found {one!r}", f"{kind} has: {', '.join(MENDS[kind])}")
    return frozenset(chosen)


def _inside(table: Table, outer: AnswerKind) -> Inside:
    kind = _kind(table, "answer")
    inside = Inside(selector_in(table, outer), kind, _forgive(table, kind))
    table.done()
    return inside


def _within(table: Table, kind: AnswerKind) -> Selector | None:
    within = one_selector(table, "within", kind)
    if within is not None and within.path is None:
        table.fail("within", "no path", "a path to the part that all other paths begin in")
    return within


def _price_form(table: Table) -> PriceForm:
    unit = table.choice("price_unit", get_args(PriceUnit), "dollars")
    decimal = table.choice("price_decimal", (".", ","), ".")
    symbols = table.texts("price_symbols")
    if not all(0 < len(one) <= 8 and not any(c.isdigit() for c in one) for one in symbols):
        table.fail("price_symbols", f"found {list(symbols)!r}", 'short texts, like ["€", "EUR"]')
    return PriceForm(cast("PriceUnit", unit), decimal, symbols)


def _place(table: Table, words: Words, kind: AnswerKind) -> Place:
    prefer = None
    if "prefer" in table:
        prefer = words.template(table, "prefer", table.text("prefer"), "ping")
        if not all(source.startswith("settings.") for source in prefer.sources()):
            table.fail("prefer", "changes from ask to ask", '"sip", "number" or {settings.NAME}')
    number, sip = read_selectors(table, "number", kind), read_selectors(table, "sip", kind)
    return Place(number, sip, prefer)


def _refs(table: Table, kind: AnswerKind) -> tuple[tuple[Selector, bool], ...]:
    """Return the places of the buyer's ids; one with a ? behind it may be missing."""
    read = []
    for one in table.mixed("ref"):
        if isinstance(one, str):
            bare = Table({"ref": one.removesuffix("?")}, table.file, table.place, table.path,
                         table.origins)  # fmt: skip
            found = one_selector(bare, "ref", kind)
            assert found is not None
            read.append((found, not one.endswith("?")))
        else:
            required = not one.flag("optional")
            read.append((selector_in(one, kind), required))
            one.done()
    if len(read) > REFS_MAX:
        table.fail("ref", f"{len(read)} ids", f"at most {REFS_MAX}")
    return tuple(read)


def read_expiry(table: Table, kind: AnswerKind) -> Expiry:
    """Return when something runs out, as the keys of `table` say."""
    at = selector_in(table, kind)
    how = table.choice("as", EXPIRY_KINDS)
    if "zone" in table and how not in ("iso", "date"):
        table.fail("zone", f"a zone for {how}", 'only as = "iso" and "date" have one')
    zone = None
    if "zone" in table:
        try:
            zone = zone_of(table.text("zone"))
        except ValueError as error:
            table.fail("zone", f"found {table.text('zone')!r}", str(error))
    expiry = Expiry(at, cast("ExpiryKind", how), zone, _shape(table, how))
    table.done()
    return expiry


def _shape(table: Table, how: str) -> Shape | None:
    if how != "date":
        if "format" in table:
            table.fail("format", f"a format for {how}", 'only as = "date" has one')
        return None
    text = table.text("format")
    try:
        return shape(text)
    except ValueError as error:
        right = f"{error}; write it like M/D/YYYY h:mm:ss A Z"
        table.fail("format", f"found {text!r}", right)
