"""Prepare how a format's answers are read, so that reading one is quick. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from buyers import reason as words
from buyers.decode import Decode, decode, decoder, has_key_twice
from buyers.format import (
    AnswerForm,
    BidForm,
    ConfirmForm,
    Expiry,
    Json,
    Place,
    PostForm,
    Selector,
    Verdict,
)
from buyers.glob import glob
from buyers.path import Find
from buyers.phone import destination, sip
from buyers.price import PriceReader, price_reader, read_price
from buyers.rules import Test, is_blind, tests
from buyers.selector import FindAll, find_each, finder
from buyers.unreadable import Unreadable
from market.http import HttpReply


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """How bytes become something with paths into it. `special` is None for plain JSON."""

    special: Decode | None
    start: FindAll | None  # Where paths begin, if not at the top.

    def read(self, reply: HttpReply) -> tuple[Json, Json]:
        """Return where paths begin, and the whole answer. Raises Unreadable."""
        top = decode(reply.body) if self.special is None else self.special(reply)
        if self.start is None:
            return top, top
        found = self.start(top, top)
        return (found[0] if found else None), top

    def read_whole(self, reply: HttpReply) -> tuple[Json, Json]:
        """Return the same, and nothing at all where the answer cannot be read."""
        try:
            item, top = self.read(reply)
        except Unreadable:
            return None, None
        if self.special is None and has_key_twice(reply.body, top):
            return None, None
        return item, top


@dataclass(frozen=True, slots=True)
class VerdictReader:
    rejects: tuple[tuple[Test, str], ...]
    blind_rejects: tuple[tuple[Test, str], ...]  # Those that need no paths: by status or words.
    accepts: tuple[tuple[Test, str], ...]
    reason: tuple[Find, ...]
    codes: words.Codes

    def rejected(self, item: Json, top: Json, reply: HttpReply) -> str | None:
        """Return the code of the rejection ("" when it has none), or None: not rejected."""
        for test, code in self.rejects if top is not None else self.blind_rejects:
            if test(item, top, reply):
                return code or self.code(item, top, reply)
        return None

    def accepted(self, item: Json, top: Json, reply: HttpReply) -> bool:
        """Return whether a rule says yes."""
        for test, _ in self.accepts:  # noqa: SIM110  any() costs more than the test.
            if test(item, top, reply):
                return True
        return False

    def code(self, item: Json, top: Json, reply: HttpReply) -> str:
        """Return the file's code for the first reason given that has one, or ""."""
        for find in self.reason:
            code = words.code_of(words.as_text(find(item, top, reply)), self.codes)
            if code:
                return code
        return ""

    def detail(self, item: Json, top: Json, reply: HttpReply) -> str:
        """Return the buyer's own words, fit to be kept."""
        for find in self.reason:
            said = words.as_text(find(item, top, reply))
            if said:
                return words.clean(said)
        return ""


@dataclass(frozen=True, slots=True)
class PlaceReader:
    number: Find
    sip: Find | None  # None: there is no place for one of its own.
    sip_first: bool

    def read(self, item: Json, top: Json, reply: HttpReply) -> str | None:
        """Return where to ring, "" when what stands there cannot be rung, None for nothing."""
        number = self.number(item, top, reply)
        if self.sip is None:
            return None if number is None else destination(number)
        address = self.sip(item, top, reply)
        if number is None and address is None:
            return None
        if self.sip_first:
            return sip(address) or destination(number)
        return destination(number) or sip(address)


@dataclass(frozen=True, slots=True)
class BidReader:
    answer: AnswerReader
    verdict: VerdictReader
    place: PlaceReader
    price: Find | None
    read_price: PriceReader
    each: FindAll | None
    billable: Find
    billable_unit_s: float
    expires: tuple[tuple[Find, Expiry], ...]
    refs: tuple[tuple[Find, bool], ...]


@dataclass(frozen=True, slots=True)
class ReplyReader:
    """The answer to a confirm or a post."""

    answer: AnswerReader
    verdict: VerdictReader
    price: Find | None = None  # Where another price than the bid's may stand.
    read_price: PriceReader = read_price

    def price_of(self, item: Json, top: Json, reply: HttpReply) -> int | None:
        """Return the price, 0 for one that cannot be read, None where there is none."""
        value = None if self.price is None else self.price(item, top, reply)
        return None if value is None else self.read_price(value) or 0


def answer_reader(form: AnswerForm) -> AnswerReader:
    """Return the form, prepared."""
    return AnswerReader(decoder(form), find_each(form.within) if form.within else None)


def verdict_reader(verdict: Verdict) -> VerdictReader:
    """Return the verdict, prepared."""
    return VerdictReader(
        rejects=tests(verdict.rules, accepts=False),
        blind_rejects=tests(filter(is_blind, verdict.rules), accepts=False),
        accepts=tests(verdict.rules, accepts=True),
        reason=tuple(_one(selector) for selector in verdict.reason),
        codes=tuple((glob(text), code) for text, code in verdict.codes),
    )


def confirm_reader(form: ConfirmForm) -> ReplyReader:
    """Return how a confirm is read, prepared."""
    return ReplyReader(
        answer=answer_reader(form.answer),
        verdict=verdict_reader(form.verdict),
        price=finder(form.price) if form.price else None,
        read_price=price_reader(form.price_form),
    )


def post_reader(form: PostForm) -> ReplyReader:
    """Return how a post is read, prepared."""
    return ReplyReader(answer_reader(form.answer), verdict_reader(form.verdict))


def place_reader(place: Place, prefer: str) -> PlaceReader:
    """Return the place, prepared."""
    return PlaceReader(
        finder(place.number), finder(place.sip) if place.sip else None, prefer == "sip"
    )


def bid_reader(form: BidForm, prefer: str) -> BidReader:
    """Return the form, prepared."""
    return BidReader(
        answer=answer_reader(form.answer),
        verdict=verdict_reader(form.verdict),
        place=place_reader(form.place, prefer),
        price=finder(form.price) if form.price else None,
        read_price=price_reader(form.price_form),
        each=find_each(form.each) if form.each else None,
        billable=finder(form.billable),
        billable_unit_s=form.billable_unit_s,
        expires=tuple((_one(one.at), one) for one in form.expires),
        refs=tuple((_one(selector), required) for selector, required in form.ref),
    )


def _one(selector: Selector) -> Find:
    return finder((selector,))
