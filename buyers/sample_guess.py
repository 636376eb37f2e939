"""Guess which part of a sample answer is the price, the ids, the number, the yes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from buyers import sample_words as words
from buyers.dates import moment
from buyers.expiry import read_number
from buyers.format import PriceForm
from buyers.phone import destination, sip
from buyers.price import price_reader, read_price
from buyers.sample_parts import Part, Sample, SampleError

REFS_MAX = 3
SECONDS_MAX, EPOCH_S_MAX = 10**7, 10**11  # Larger numbers are times, in seconds or milliseconds.
SYMBOL_MAX = 4  # Characters: "€", "CAD", "USD$".
OTHER_THAN_PRICE = re.compile(r"[\d.,\s]")
PRICE_IN_TEXT = r"(?i)(?:price|payout|bid|amount|cost)\W{0,5}([0-9][0-9.,]*)"
REF_IN_TEXT = r"(?i)\b(?:token|ping_?id|bid_?id|lead_?id|confirmation|id)\W{1,3}([\w-]+)"
WORD_IN_TEXT = r"^\W*(\w+)"


@dataclass(frozen=True, slots=True)
class Guess:
    """Paths (or patterns) of what was found; "" for what was not."""

    price: str
    refs: tuple[str, ...] = ()
    number: str = ""
    sip: str = ""
    billable: str = ""
    expires: str = ""
    expires_as: str = ""
    expires_naive: bool = False
    verdict: str = ""
    yes: object = None
    reasons: tuple[str, ...] = ()
    price_form: PriceForm = field(default_factory=PriceForm)


def guess(sample: Sample) -> Guess:
    """Return what is likely what in the sample. Raises SampleError when no price is found."""
    if sample.kind == "text":
        return _in_text(str(sample.parts[0].value))
    if sample.kind == "delimited":
        return _in_columns(sample.parts)
    parts = sample.parts
    inside = tuple(part for part in parts if part.path[:1] not in "$/")
    price, form = _price(inside)
    verdict = _named(parts, words.VERDICT, _is_yes)
    number = _named(parts, words.NUMBER, lambda value: bool(destination(value)))
    address = _named(parts, words.SIP, lambda value: bool(sip(value)))
    billable = _named(parts, words.BILLABLE, lambda value: 0 < (read_number(value) or 0) <= 7200)
    expires = _named(parts, words.EXPIRES, lambda value: bool(_expiry_kind(value)))
    kind, naive = _expiry_kind(expires.value) or ("", False) if expires else ("", False)
    return Guess(
        price=price.path,
        refs=_refs(inside) or _refs(parts),
        number=number.path if number else "",
        sip=address.path if address else "",
        billable=billable.path if billable else "",
        expires=expires.path if expires else "",
        expires_as=kind,
        expires_naive=naive,
        verdict=verdict.path if verdict else "",
        yes=verdict.value if verdict else None,
        reasons=_reasons(parts, verdict),
        price_form=form,
    )


def _price(parts: tuple[Part, ...]) -> tuple[Part, PriceForm]:
    """Return the likeliest price and how it is written: 12.50, 12,50, or with a currency."""
    said = {OTHER_THAN_PRICE.sub("", str(part.value)) for part in parts}
    symbols = tuple(sorted(one for one in said if 0 < len(one) <= SYMBOL_MAX))
    for around in ((), *((one,) for one in symbols)):
        for decimal in (".", ","):
            form = PriceForm(decimal=decimal, symbols=around)
            read = read_price if form.is_plain else price_reader(form)
            priced = tuple(part for part in parts if read(part.value))
            if (price := _named(priced, words.PRICE, lambda _: True)) is not None:
                return price, form
    raise SampleError("no price above 0 in it: give the answer to a ping that was a bid")


def _named(
    parts: Iterable[Part], names: tuple[str, ...], fits: Callable[[object], bool]
) -> Part | None:
    """Return the part with the likeliest name among those that fit."""
    fitting = [part for part in parts if simple_in(part, names) and fits(part.value)]
    return min(fitting, key=lambda part: names.index(words.simple(part.name)), default=None)


def simple_in(part: Part, names: tuple[str, ...]) -> bool:
    """Return whether the part goes by one of the names."""
    return words.simple(part.name) in names


def _is_yes(value: object) -> bool:
    if isinstance(value, bool):
        return value
    return str(value).strip().lower() in words.YES


def _refs(parts: tuple[Part, ...]) -> tuple[str, ...]:
    found = [
        part
        for part in parts
        if simple_in(part, words.REF) and str(part.value).strip() and not _is_flag(part.value)
    ]
    found.sort(key=lambda part: words.REF.index(words.simple(part.name)))
    return tuple(dict.fromkeys(part.path for part in found))[:REFS_MAX]


def _is_flag(value: object) -> bool:
    return isinstance(value, bool | float)


def _reasons(parts: tuple[Part, ...], verdict: Part | None) -> tuple[str, ...]:
    known = verdict.path if verdict else ""
    return tuple(p.path for p in parts if simple_in(p, words.REASON) and p.path != known)


def _expiry_kind(value: object) -> tuple[str, bool] | None:
    number = read_number(value)
    if number is not None:
        if number <= 0:
            return None
        kind = "seconds" if number < SECONDS_MAX else "epoch_s"
        return kind if number < EPOCH_S_MAX else "epoch_ms", False
    try:
        return "iso", moment(str(value), None).tzinfo is None
    except ValueError:
        return None


def _in_columns(parts: tuple[Part, ...]) -> Guess:
    verdict = next((part for part in parts if _is_yes(part.value)), None)
    prices = [p for p in parts if p is not verdict and read_price(p.value)]
    decimals = [part for part in prices if re.search(r"[.$]", str(part.value))]
    if verdict is None or not prices:
        raise SampleError("a word like success and a price are not both in its first line")
    price = (decimals or prices)[-1]
    refs = [p.path for p in parts if p not in (verdict, price) and str(p.value).isalnum()]
    return Guess(
        price=price.path, refs=tuple(refs[:1]), verdict=verdict.path, yes=str(verdict.value)
    )


def _in_text(text: str) -> Guess:
    price, word = re.search(PRICE_IN_TEXT, text), re.search(WORD_IN_TEXT, text)
    if price is None or word is None or word[1].lower() not in words.YES:
        raise SampleError('it is text that does not begin with "accepted" and have a "price: 12"')
    refs = (REF_IN_TEXT,) if re.search(REF_IN_TEXT, text) else ()
    return Guess(price=PRICE_IN_TEXT, refs=refs, verdict=WORD_IN_TEXT, yes=word[1])
