"""Prepare how a format's answers are read, so that reading one is quick. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from buyers import reason as words
from buyers.format import BidForm, Expiry, Json, Place, Verdict
from buyers.path import Find, Path, Step, finder
from buyers.phone import destination, sip
from buyers.price import read_price
from buyers.rules import Test, tests


@dataclass(frozen=True, slots=True)
class VerdictReader:
    rejects: tuple[tuple[Test, str], ...]
    accepts: tuple[tuple[Test, str], ...]
    reason: Find
    codes: words.Codes

    def rejected(self, item: Json, top: Json, status: int) -> str | None:
        """Return the code of the rejection ("" when it has none), or None: not rejected."""
        for test, code in self.rejects:
            if test(item, top, status):
                return code or self.code(item, top)
        return None

    def accepted(self, item: Json, top: Json, status: int) -> bool:
        """Return whether a rule says yes."""
        for test, _ in self.accepts:  # noqa: SIM110  any() costs more than the test.
            if test(item, top, status):
                return True
        return False

    def code(self, item: Json, top: Json) -> str:
        """Return the file's code for the reason given, or ""."""
        return words.code_of(words.as_text(self.reason(item, top)), self.codes)

    def detail(self, item: Json, top: Json) -> str:
        """Return the buyer's own words, fit to be kept."""
        return words.clean(words.as_text(self.reason(item, top)))


@dataclass(frozen=True, slots=True)
class PlaceReader:
    number: Find
    sip: Find
    sip_first: bool

    def read(self, item: Json, top: Json) -> str | None:
        """Return where to ring, "" when what stands there cannot be rung, None for nothing."""
        number, address = self.number(item, top), self.sip(item, top)
        if number is None and address is None:
            return None
        if self.sip_first:
            return sip(address) or destination(number)
        return destination(number) or sip(address)


@dataclass(frozen=True, slots=True)
class PriceReader:
    find: Find
    in_cents: bool

    def read(self, answer: Json) -> int | None:
        """Return the price, 0 for one that cannot be read, None where there is none."""
        value = self.find(answer, answer)
        return None if value is None else read_price(value, in_cents=self.in_cents) or 0


@dataclass(frozen=True, slots=True)
class BidReader:
    verdict: VerdictReader
    place: PlaceReader
    price: Find | None
    price_in_cents: bool
    each: tuple[Step, ...] | None
    billable_s: Find
    expires: tuple[tuple[Find, Expiry], ...]
    refs: tuple[tuple[Find, bool], ...]


def verdict_reader(verdict: Verdict) -> VerdictReader:
    """Return the verdict, prepared."""
    return VerdictReader(
        rejects=tests(verdict.rules, accepts=False),
        accepts=tests(verdict.rules, accepts=True),
        reason=finder(verdict.reason),
        codes=tuple((words.pattern(text), code) for text, code in verdict.codes),
    )


def place_reader(place: Place, prefer: str) -> PlaceReader:
    """Return the place, prepared."""
    return PlaceReader(finder(place.number), finder(place.sip), prefer == "sip")


def bid_reader(form: BidForm, prefer: str) -> BidReader:
    """Return the form, prepared."""
    return BidReader(
        verdict=verdict_reader(form.verdict),
        place=place_reader(form.place, prefer),
        price=finder(form.price) if form.price else None,
        price_in_cents=form.price_in_cents,
        each=form.each.steps if form.each else None,
        billable_s=finder(form.billable_s),
        expires=tuple((finder((one.path,)), one) for one in form.expires),
        refs=tuple((_one(path), required) for path, required in form.ref),
    )


def _one(path: Path) -> Find:
    return finder((path,))
