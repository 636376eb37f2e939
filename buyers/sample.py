"""Propose a buyer's file from a sample of a bid: it loads, and has the sample as a case. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

from buyers.bind import bind
from buyers.cases import result_of, target_of
from buyers.codec import read_bid
from buyers.dates import iso
from buyers.errors import BuyerFileError
from buyers.expiry import BadTime, expires_ms
from buyers.format import BuyerFormat
from buyers.library import read_format
from buyers.sample_guess import Guess, guess
from buyers.sample_parts import Sample, SampleError, take_apart
from buyers.sample_words import NO
from market.bids import NoBid
from market.http import HttpReply

NOON_MS = 1_795_435_200_000  # When the cases of our files happen, if they do not say.
FAR_MS = 10**14
BEFORE_MS = 60_000  # How long before the sample's expiry its case happens.
TARGET = {"url": "https://buyer.example/ping", "destination": "+18005550100", "price_max": "10000"}
ENCODING = {"json": "json", "xml": "xml"}


def propose(text: str, name: str) -> str:
    """Return the text of a buyer's file for answers like `text`. Raises SampleError."""
    sample = take_apart(text)
    found = guess(sample)
    head = "\n".join(_head(name, sample, found))
    try:
        form = read_format(tomllib.loads(head), name, f"{name}.toml")
    except BuyerFileError as error:
        raise SampleError(f"what was proposed cannot be: {error}") from None
    now_ms = _now_ms(form, text)
    buyer = bind(form, target_of(form, TARGET), str)
    read = read_bid(buyer, HttpReply(200, (), text.encode()), now_ms)
    if isinstance(read, NoBid):
        raise SampleError(f"it is read as no bid ({read.reason} {read.detail}): give one that is")
    return "\n".join((head, *_cases(text, now_ms, result_of(read)["bid"])))


def _head(name: str, sample: Sample, found: Guess) -> Iterator[str]:
    yield "# Proposed from a sample answer. What is asked of the buyer is a guess: name the fields"
    yield "# of [ping.request.fields] as their instructions do. Leave the caller out of it."
    yield f"\ntitle = {_text(name)}\n"
    yield '# [secrets]\n# key = "The API key"                 # sent as {secret.key}'
    yield '# [settings]\n# campaign.about = "Their number of it"   # sent as {settings.campaign}\n'
    yield '[ping.request]\nmethod = "POST"'
    yield f"encoding = {_text(ENCODING.get(sample.kind, 'form'))}"
    if sample.kind == "xml":
        yield 'root = "Request"'
    yield '\n[ping.request.fields]\nzip = "{zip}"\nstate = "{state}"\n'
    yield "[ping.response]"
    yield from _response(sample, found)
    yield '\n[example.ask]\nstate = "NY"\nzip = "10001"\narea_code = "212"\nvertical = "solar"'
    yield "\n[example.target]"
    yield from (f"{key} = {_text(value)}" for key, value in TARGET.items())


def _response(sample: Sample, found: Guess) -> Iterator[str]:
    if sample.kind != "json":
        yield f"answer = {_text(sample.kind)}"
    if sample.separator:
        yield f"separator = {_text(sample.separator)}"
    if sample.each:
        yield f"each = {_text(sample.each)}"
    yield "rules = ["
    yield from (f"    {rule}," for rule in _rules(sample, found))
    yield "]"
    if found.reasons or sample.kind in ("json", "xml"):
        usual = [_top(sample, one) for one in ("error", "message", "reason")]
        reasons = dict.fromkeys((*found.reasons, *usual))
        yield f"reason = [{', '.join(map(_text, reasons))}]"
    yield f"price = {_text(found.price)}"
    if found.price_form.decimal != ".":
        yield f"price_decimal = {_text(found.price_form.decimal)}"
    if found.price_form.symbols:
        yield "# What stands around it is passed over: the price counts in the network's currency."
        yield f"price_symbols = {_value(list(found.price_form.symbols))}"
    named = {"number": found.number, "sip": found.sip, "billable_s": found.billable}
    yield from (f"{key} = {_text(path)}" for key, path in named.items() if path)
    if found.expires:
        zone = ', zone = "UTC"' if found.expires_naive else ""
        said = f"path = {_text(found.expires)}, as = {_text(found.expires_as)}{zone}"
        yield f"expires = [{{ {said} }}]" + ("  # Which zone is it?" if zone else "")
    if found.refs:
        yield f"ref = [{', '.join(map(_text, found.refs))}]"


def _rules(sample: Sample, found: Guess) -> Iterator[str]:
    if sample.kind in ("json", "xml"):
        for name in ("error", "errors"):
            yield f'{{ then = "reject", path = {_text(_top(sample, name))}, present = true }}'
    where = "regex" if sample.kind == "text" else "path"
    if not found.verdict:
        yield f'{{ then = "accept", path = {_text(found.price)}, above = 0 }}'
        return
    yes = '[true, "true"]' if found.yes is True else _value(found.yes)
    at = f"{where} = {_text(found.verdict)}"
    no = f"is_not = {yes}" if sample.kind in ("json", "xml") else f"is = {_value(list(NO))}"
    yield f'{{ then = "reject", {at}, {no} }}'
    yield f'{{ then = "accept", {at}, is = {yes} }}'


def _top(sample: Sample, name: str) -> str:
    """Return the path of what stands at the top of an answer, beside a list of bids or not."""
    if not sample.each:
        return name
    return f"$.{name}" if sample.kind == "json" else f"//{name}"


def _now_ms(form: BuyerFormat, text: str) -> int:
    """Return a moment at which the bid of the sample still lives."""
    buyer = bind(form, target_of(form, TARGET), str)
    item, top = buyer.bid.answer.read(HttpReply(200, (), text.encode()))
    items = buyer.bid.each(item, top) if buyer.bid.each else [item]
    for find, expiry in buyer.bid.expires:
        value = find(items[0], top, HttpReply(200, (), text.encode())) if items else None
        if value is None or expiry.kind == "seconds":
            continue
        try:
            return expires_ms(expiry, value, FAR_MS) - BEFORE_MS
        except BadTime:
            continue
    return NOON_MS


def _cases(text: str, now_ms: int, bid: object) -> Iterator[str]:
    assert isinstance(bid, dict)
    pairs = ", ".join(f"{key} = {_value(value)}" for key, value in bid.items())
    yield '\n[[case]]\nname = "the sample"'
    if now_ms != NOON_MS:
        yield f"now = {_text(iso(datetime.fromtimestamp(now_ms / 1000, UTC)))}"
    yield f"body = {_long(text.strip())}\nbid = {{ {pairs} }}"
    yield "\n# Put a refusal of theirs here, best one with an id or a price of zero in it:"
    yield '# [[case]]\n# name = "no coverage"\n# body = \'...\'\n# no_bid = "reject"'
    yield '\n[[case]]\nname = "nonsense"\nbody = "OK"\nno_bid = "unparseable"\n'


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value) if isinstance(value, int | float) else _text(str(value))


def _text(value: str) -> str:
    """Return a TOML text; one with backslashes in single quotes, where it can be read."""
    if "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return orjson.dumps(value).decode().replace("\x7f", "\\u007f")


def _long(text: str) -> str:
    if "'''" in text or text.endswith("'") or not all(c.isprintable() or c in "\n\t" for c in text):
        return _text(text)
    return f"'''\n{text}'''"
