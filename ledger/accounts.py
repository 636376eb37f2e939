"""Accounts of the ledger, told apart by their names alone: the chart of accounts. Pure.

A name is `wallet:acme` or, of another currency than the dollar, `wallet:acme@eur`. Caps are
`cap:TARGET:calls/day:2026-11-23`, `cap:TARGET:money/...`, and so on; of all targets of a buyer
`cap:buyer/ID:...` and `slot:buyer/ID` (an id has no slash).

Bounded accounts keep a running balance, a sequence and a hash chain, and can be held. Accounts
without bounds are lines that are only ever added. The sign is that of who is owed: what stands in
a wallet is owed to its buyer, what stands in `world` is minus what was paid to us.
"""

from __future__ import annotations

import re
from functools import lru_cache

from market.value import dataclass

NAME = re.compile(r"[!-~]{1,200}")  # Printable ASCII: the same in Python, SQL and on paper.
CAP = re.compile(
    r"cap:.+:(?=money/|[^@]*$)"  # Only money has a currency.
    r"(calls|connects|billables|money)/[^:@]+(:[^:@]*)?(@(?!usd)[a-z]{3})?"
)
USED = re.compile(r"used:(calls|money(@(?!usd)[a-z]{3})?)")

USD = "usd"
MONEY = USD  # Micros that somebody owns; of other currencies "eur", "gbp", ...
CALLS = "calls"  # Cap units and slots: one is one call.
CAP_MONEY = "cap_usd"  # Micros counted against a money cap: nobody owns them.
NAMES_KEPT = 65_536  # Every move asks for each of its lines; the same names come again.


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of account: the word its names begin with, and what stands in it."""

    word: str
    owner: str  # What follows the colon; "" where there is but one.
    bounded: bool
    meaning: str


CHART = (
    Kind("wallet", "BUYER", True, "what a buyer has paid in and not used"),
    Kind("usage", "ACCOUNT", True, "what the tenant has paid in for using auctiond itself"),
    Kind("cap", "TARGET:WHAT/PERIOD", True, "minus what of a cap is used up"),
    Kind("slot", "TARGET", True, "nothing; what is held are the calls under way"),
    Kind("publisher", "ID", False, "what a publisher has earned and not been paid"),
    Kind("carrier", "NAME", False, "what a carrier has earned and not been paid"),
    Kind("margin", "", False, "what the network kept of sales"),
    Kind("revenue", "TOPIC", False, "what was charged besides sales: plans, minutes, numbers"),
    Kind("cost", "TOPIC", False, "minus what was spent: carrier minutes, processor fees"),
    Kind("writeoff", "", False, "minus what was given up: bad debts, goodwill"),
    Kind("rounding", "", False, "fractions left over where an amount had to be whole cents"),
    Kind("processor", "NAME", False, "minus what lies at the card processor; clears to zero"),
    Kind("world", "", False, "minus what is in the bank: all that came in, less all that left"),
    Kind("used", "calls or money", False, "the units that all caps were used up by"),
)
WORDS = {kind.word: kind for kind in CHART}
_OWNED = "|".join(kind.word for kind in CHART if kind.owner and kind.word not in ("cap", "used"))
_WHOLE = "|".join(kind.word for kind in CHART if not kind.owner)
_PLAIN = re.compile(rf"(?:({_OWNED}):[^@]+|{_WHOLE})(@(?!usd)[a-z]{{3}})?")


@lru_cache(NAMES_KEPT)
def unit_of(account: str) -> str | None:
    """Return what `account` counts, or None: no such account. Twin of SQL `ledger_unit`.

    Units never mix: in every move, and over all moves, the lines of each unit sum to zero.
    """
    if not NAME.fullmatch(account):
        return None
    if found := _PLAIN.fullmatch(account):
        if found[1] == "slot":
            return None if found[2] else CALLS
        return found[2][1:] if found[2] else MONEY
    if found := CAP.fullmatch(account) or USED.fullmatch(account):
        currency = account.partition("@")[2] or USD
        return f"cap_{currency}" if found[1].startswith("money") else CALLS
    return None


def kind_of(account: str) -> str:
    """Return the word that `account` begins with. Twin of SQL `ledger_word`."""
    return account.partition(":")[0].partition("@")[0]


def is_bounded(account: str) -> bool:
    """Return whether `account` keeps a balance that may not fall under a floor."""
    kind = WORDS.get(kind_of(account))
    return kind is not None and kind.bounded


def currency_of(unit: str) -> str:
    """Return the currency that a unit is in; "" for what is no money."""
    return "" if unit == CALLS else unit.removeprefix("cap_")


@lru_cache(NAMES_KEPT)
def cap_kind(account: str) -> str:
    """Return what a cap counts: calls, connects, billables or money; "" for what is no cap."""
    cap = CAP.fullmatch(account)
    return str(cap[1]) if cap else ""


def used_account(unit: str) -> str:
    """Return where the units of a cap go when they are taken."""
    if unit == CALLS:
        return "used:calls"
    currency = currency_of(unit)
    return "used:money" if currency == USD else f"used:money@{currency}"
