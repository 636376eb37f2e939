"""Accounts of the ledger, told apart by their names alone. Pure.

Bounded accounts keep a running balance, a sequence and a hash chain, and can be held:
`wallet:BUYER`, `cap:TARGET:calls/day:2026-11-23`, `cap:TARGET:money/...`, `slot:TARGET`;
of all targets of a buyer `cap:buyer/ID:...` and `slot:buyer/ID`, and so on (an id has no slash).
Unbounded accounts are lines that are only ever added: `publisher:ID`, `margin`, `world`,
`used:calls`, `used:money`.
"""

from __future__ import annotations

import re
from functools import lru_cache

NAME = re.compile(r"[!-~]{1,200}")  # Printable ASCII: the same in Python, SQL and on paper.
CAP = re.compile(r"cap:.+:(calls|connects|billables|money)/[^:]+(:[^:]*)?")

MONEY = "usd"  # Micros that somebody owns.
CALLS = "calls"  # Cap units and slots: one is one call.
CAP_MONEY = "cap_usd"  # Micros counted against a money cap: nobody owns them.

UNITS = {"wallet": MONEY, "publisher": MONEY, "slot": CALLS}
WHOLE_NAMES = {"margin": MONEY, "world": MONEY, "used:calls": CALLS, "used:money": CAP_MONEY}
BOUNDED = ("wallet:", "cap:", "slot:")
NAMES_KEPT = 65_536  # Every move asks for each of its lines; the same names come again.


@lru_cache(NAMES_KEPT)
def unit_of(account: str) -> str | None:
    """Return what `account` counts, or None: no such account. Twin of SQL `ledger_unit`.

    Units never mix: in every move, and over all moves, the lines of each unit sum to zero.
    """
    if not NAME.fullmatch(account):
        return None
    if account in WHOLE_NAMES:
        return WHOLE_NAMES[account]
    if cap := CAP.fullmatch(account):
        return CAP_MONEY if cap[1] == "money" else CALLS
    kind, _, owner = account.partition(":")
    return UNITS.get(kind) if owner else None


def is_bounded(account: str) -> bool:
    """Return whether `account` keeps a balance that may not fall under a floor."""
    return account.startswith(BOUNDED)


@lru_cache(NAMES_KEPT)
def cap_kind(account: str) -> str:
    """Return what a cap counts: calls, connects, billables or money; "" for what is no cap."""
    cap = CAP.fullmatch(account)
    return str(cap[1]) if cap else ""


def used_account(unit: str) -> str:
    """Return where the units of a cap go when they are taken."""
    return "used:calls" if unit == CALLS else "used:money"
