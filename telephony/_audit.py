"""What is to be known of an operator's account at a carrier, before a call shows it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from market.http import HttpReply, HttpRequest

NUMBERS_MAX = 10  # Named one by one; an account may have thousands.


@dataclass(frozen=True, slots=True)
class Finding:
    good: bool
    what: str
    mend: str = ""  # What to do about it. Of what is good, advice: calls work without it.

    @property
    def is_advice(self) -> bool:
        """Whether it is good, and could be better."""
        return self.good and bool(self.mend)


@dataclass(frozen=True, slots=True)
class Probe:
    """A question to the carrier's API, and what its answer means."""

    about: str  # "the application": what could not be looked at, if there is no answer.
    request: HttpRequest
    read: Callable[[HttpReply], Sequence[Finding]]


def same(what: str, found: object, wanted: str, where: str) -> Finding:
    """Return whether a setting of the account is what it has to be."""
    if isinstance(found, str) and found.partition("#")[0].rstrip("/") == wanted:
        return Finding(True, f"{what} is {wanted}")
    shown = f"is {found}" if found else "is empty"
    return Finding(False, f"{what} {shown}", f"make it {wanted}: {where}")


def numbers(led_here: Iterable[str], elsewhere: Iterable[str], where: str) -> list[Finding]:
    """Return which numbers of the account bring their calls here, and which do not."""
    here, others = sorted(led_here), sorted(elsewhere)
    found = []
    if here:
        found.append(Finding(True, f"{_count(here)} here: {_named(here)}"))
    if others:
        told = f"{_count(others)} elsewhere: {_named(others)}"
        found.append(Finding(bool(here), told, "" if here else where))
    return found or [Finding(False, "the account has no number", "get one in the portal")]


def balance(left: object, currency: object) -> list[Finding]:
    """Return whether the account has money; nothing where the carrier does not say."""
    try:
        amount = Decimal(str(left))
    except InvalidOperation:
        return []
    if amount > 0:
        return [Finding(True, f"the account has {amount:.2f} {currency}")]
    told = f"the account has {amount:.2f} {currency}: calls are refused"
    return [Finding(False, told, "pay in, in the carrier's portal")]


def key_refused(reply: HttpReply, keys: str) -> list[Finding]:
    """Return that the keys are wrong, if the carrier says so; or that it said something odd."""
    if reply.status in (401, 403):
        return [Finding(False, f"the carrier refuses our key ({reply.status})", f"look at {keys}")]
    if reply.status == 404:
        return [Finding(False, "the carrier does not know it (404)", f"look at {keys}")]
    if reply.status != 200:
        return [Finding(False, f"the carrier answers {reply.status}", "try again later")]
    return []


def _count(found: Sequence[str]) -> str:
    return "1 number brings calls" if len(found) == 1 else f"{len(found)} numbers bring calls"


def _named(found: Sequence[str]) -> str:
    more = len(found) - NUMBERS_MAX
    return ", ".join(found[:NUMBERS_MAX]) + (f" and {more} more" if more > 0 else "")
