"""The filters of a template: how a value is written for a buyer. Pure: one row a filter.

A filter returns the value as the buyer wants it, or raises NoWord when it has none for it. Those
in FILTERS need nothing else; those in WITH_WORD are made from what stands behind their colon.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation

from buyers.phone import e164
from buyers.states import STATE_NAMES
from market.money import UNIT, dollars

Value = str | int | float | bool
Filter = Callable[[Value], Value]

NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
YES = frozenset(("yes", "y", "true", "1", "on"))
NO = frozenset(("no", "n", "false", "0", "off"))


class NoWord(ValueError):
    """This value cannot be written so."""


def text(value: Value) -> str:
    """Return the value as text: true and false in lower case, numbers without an exponent."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return format(Decimal(repr(value)), "f") if type(value) is float else str(value)


def number(value: Value) -> Value:
    """Return text as a JSON number; leading zeros are lost, so mind zips."""
    if type(value) is int or type(value) is float:
        return value
    found = NUMBER.fullmatch(text(value).strip())
    if not found:
        raise NoWord
    return float(found[0]) if found[1] else int(found[0])


def boolean(value: Value) -> Value:
    """Return yes or no, in the usual words, as a JSON boolean."""
    word = text(value).strip().lower()
    if word not in YES | NO:
        raise NoWord
    return word in YES


def state_name(value: Value) -> Value:
    """Return the name of a state: California for CA."""
    name = STATE_NAMES.get(text(value).upper())
    if name is None:
        raise NoWord
    return name


def phone_e164(value: Value) -> str:
    """Return a phone number as +14155550100."""
    found = e164(value)
    if not found:
        raise NoWord
    return found


def phone_11(value: Value) -> str:
    """Return a North American phone number as 14155550100."""
    found = phone_e164(value)
    if not found.startswith("+1"):
        raise NoWord
    return found[1:]


def phone_10(value: Value) -> str:
    """Return a North American phone number as 4155550100."""
    return phone_11(value)[1:]


def _phone_part(start: int, end: int) -> Filter:
    return lambda value: phone_10(value)[start:end]


def _dashed(value: Value) -> Value:
    digits = phone_10(value)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


def _in_parentheses(value: Value) -> Value:
    digits = phone_10(value)
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


FILTERS: dict[str, Filter] = {
    "text": text,
    "number": number,
    "boolean": boolean,
    "yes_no": lambda value: "yes" if boolean(value) else "no",
    "upper": lambda value: text(value).upper(),
    "lower": lambda value: text(value).lower(),
    "title": lambda value: text(value).title(),
    "trim": lambda value: " ".join(text(value).split()),
    "digits": lambda value: re.sub(r"[^0-9]", "", text(value)),
    "state_name": state_name,
    "e164": phone_e164,
    "digits11": phone_11,
    "digits10": phone_10,
    "phone_area": _phone_part(0, 3),
    "phone_prefix": _phone_part(3, 6),
    "phone_suffix": _phone_part(6, 10),
    "phone_dashed": _dashed,
    "phone_us": _in_parentheses,
}
# For {reserve} and {price}, which are micros. Without one of these they are a number of dollars.
MONEY_FILTERS: dict[str, Filter] = {
    "dollars": lambda value: dollars(int(value)),
    "cents": lambda value: int(value) * 100 // UNIT,
    "micros": lambda value: value,
}


def as_dollars(value: Value) -> Value:
    """Return micros as a JSON number of dollars: exact, for a float holds 15 digits."""
    whole, rest = divmod(int(value), UNIT)
    return int(value) / UNIT if rest else whole


def mapped(words: Mapping[str, Value]) -> Filter:
    """Return the filter that replaces a value by the buyer's word for it; * is any other value."""
    other = words.get("*")

    def look_up(value: Value) -> Value:
        word = words.get(text(value), other)
        if word is None:
            raise NoWord
        return word

    return look_up


@dataclass(frozen=True, slots=True)
class Band:
    """What to say for numbers below a bound; the last of a list has none."""

    below: Decimal | None
    say: Value


def banded(bands: tuple[Band, ...]) -> Filter:
    """Return the filter that replaces a number by the word of its band."""

    def look_up(value: Value) -> Value:
        amount = _decimal(value)
        for band in bands:
            if band.below is None or amount < band.below:
                return band.say
        raise NoWord

    return look_up


def _decimal(value: Value) -> Decimal:
    try:
        amount = Decimal(text(number(value)))
    except InvalidOperation:
        raise NoWord from None
    return amount


def _plain(amount: Decimal) -> Value:
    return int(amount) if amount == int(amount) else float(amount)


def _rounded(mode: str) -> Callable[[str], Filter]:
    def made(word: str) -> Filter:
        places = Decimal(1).scaleb(-_count(word or "0", 6))
        return lambda value: _plain(_decimal(value).quantize(places, rounding=mode))

    return made


def _fixed(word: str) -> Filter:
    """Return the filter that writes so many decimals, as text: 12.50."""
    places = Decimal(1).scaleb(-_count(word, 6))
    return lambda value: format(_decimal(value).quantize(places, rounding=ROUND_HALF_UP), "f")


def _times(word: str) -> Filter:
    factor = _factor(word)
    return lambda value: _plain(_decimal(value) * factor)


def _divided(word: str) -> Filter:
    divisor = _factor(word)
    return lambda value: _plain(round(_decimal(value) / divisor, 6))


def _factor(word: str) -> Decimal:
    if not NUMBER.fullmatch(word) or not Decimal(word):
        raise ValueError("a number that is not 0, like 1000")
    return Decimal(word)


def _count(word: str, most: int) -> int:
    if not word.isascii() or not word.isdecimal() or int(word) > most:
        raise ValueError(f"a whole number from 0 to {most}")
    return int(word)


def _cut(word: str) -> Filter:
    count = _count(word, 9999)
    return lambda value: text(value)[:count]


def _last(word: str) -> Filter:
    count = _count(word, 9999)
    return lambda value: text(value)[-count:] if count else ""


def _padded(word: str) -> Filter:
    count = _count(word, 99)
    return lambda value: text(value).zfill(count)


def _words(word: str) -> Filter:
    yes, comma, no = word.partition(",")
    if not comma:
        raise ValueError("their words for yes and no, like Y,N")
    return lambda value: yes if boolean(value) else no


def _replaced(word: str) -> Filter:
    old, comma, new = word.partition(",")
    if not comma or not old:
        raise ValueError("what to replace and by what, like -,_")
    return lambda value: text(value).replace(old, new)


def _prefixed(word: str) -> Filter:
    return lambda value: word + text(value)


WITH_WORD: dict[str, Callable[[str], Filter]] = {
    "round": _rounded(ROUND_HALF_UP),
    "floor": _rounded(ROUND_FLOOR),
    "ceil": _rounded(ROUND_CEILING),
    "fixed": _fixed,
    "times": _times,
    "divide": _divided,
    "cut": _cut,
    "last": _last,
    "pad": _padded,
    "yes_no": _words,
    "replace": _replaced,
    "prefix": _prefixed,
}
ALONE_TOO = frozenset(("round", "floor", "ceil"))  # Their word may be left out.
