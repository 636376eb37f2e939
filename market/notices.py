"""What parties are told of by mail and webhook: the kinds of notices, and where they go. Pure.

A notice holds amounts, dates and ids of ours, and never a word about a caller: what may stand in
one is listed here, and nothing else gets in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Party = Literal["operator", "buyer", "publisher"]
OPERATOR: Party = "operator"
VALUE_CHARS_MAX = 200  # An amount, an id, a code: what is longer is somebody's words.


@dataclass(frozen=True, slots=True)
class NoticeKind:
    to: Party
    fields: tuple[str, ...]  # All of them are told, and no other.
    text: str  # What it tells; for the docs.
    may_be_off: bool = True  # Else money or duty hangs on it, and it is always told.


KINDS: dict[str, NoticeKind] = {
    "wallet.low": NoticeKind(
        "buyer", ("balance", "threshold", "currency"), "a wallet fell under its threshold"
    ),
    "wallet.empty": NoticeKind(
        "buyer",
        ("balance", "currency"),
        "a wallet can pay for no more calls; none are offered",
        may_be_off=False,
    ),
    "wallet.topped_up": NoticeKind(
        "buyer", ("amount", "currency", "balance"), "money came into a wallet"
    ),
    "recharge.failed": NoticeKind(
        "buyer",
        ("amount", "currency", "reason"),
        "a wallet could not be recharged, and it will be tried again",
        may_be_off=False,
    ),
    "recharge.paused": NoticeKind(
        "buyer",
        ("reason",),
        "a wallet is no longer recharged, until somebody resumes it",
        may_be_off=False,
    ),
    "refund.made": NoticeKind(
        "buyer", ("amount", "currency"), "money went back to a buyer's card", may_be_off=False
    ),
    "invoice.issued": NoticeKind(
        "buyer",
        ("number", "amount", "currency"),
        "an invoice, or a credit note, was issued",
        may_be_off=False,
    ),
    "return.decided": NoticeKind(
        "buyer",
        ("return", "call", "decision", "amount", "currency"),
        "a return was approved, in whole or in part, or rejected",
    ),
    "return.undone": NoticeKind(
        "buyer",
        ("return", "call", "amount", "currency"),
        "an approved return was taken back, and charged again",
        may_be_off=False,
    ),
    "payout.paid": NoticeKind(
        "publisher",
        ("payout", "amount", "currency", "from", "until"),
        "a payout was paid",
        may_be_off=False,
    ),
    "payout.adjusted": NoticeKind(
        "publisher",
        ("call", "amount", "currency", "why"),
        "what a publisher had earned for a call was changed, by a return for one",
        may_be_off=False,
    ),
    "return.requested": NoticeKind(
        OPERATOR,
        ("return", "buyer", "call", "reason", "amount", "currency"),
        "a buyer asks for its money back, and somebody has to decide",
    ),
    "target.stopped": NoticeKind(
        OPERATOR, ("target", "percent", "sales"), "a target returned too many sales, and is paused"
    ),
    "payout.made": NoticeKind(
        OPERATOR,
        ("payout", "amount", "currency", "publishers"),
        "a payout run waits for approval",
    ),
    "usage.low": NoticeKind(
        OPERATOR,
        ("balance", "threshold", "currency"),
        "what you have paid in for using auctiond itself fell under its threshold",
    ),
    "usage.empty": NoticeKind(
        OPERATOR,
        ("balance", "currency"),
        "what you have paid in for using auctiond itself is used up",
    ),
    "usage.recharge_failed": NoticeKind(
        OPERATOR,
        ("amount", "currency", "reason"),
        "your own wallet could not be recharged, and it will be tried again",
        may_be_off=False,
    ),
    "usage.recharge_paused": NoticeKind(
        OPERATOR,
        ("reason",),
        "your own wallet is no longer recharged, until you set it anew",
        may_be_off=False,
    ),
    "chargeback.opened": NoticeKind(
        OPERATOR,
        ("buyer", "amount", "currency"),
        "a bank takes back what a buyer paid",
        may_be_off=False,
    ),
    "ledger.broken": NoticeKind(
        OPERATOR, ("problems",), "the ledger is not as it was written", may_be_off=False
    ),
    "reconcile.differs": NoticeKind(
        OPERATOR,
        ("day", "differences"),
        "the processor's books and ours differ",
        may_be_off=False,
    ),
    "notice.test": NoticeKind(OPERATOR, (), "a test of this channel", may_be_off=False),
}
MAY_BE_OFF = tuple(sorted(kind for kind, what in KINDS.items() if what.may_be_off))


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a party's system is told; without `buyer` and `publisher` it is the operator's."""

    id: str
    url: str
    secrets: tuple[str, ...]  # References to keys that sign; two while one takes over.
    kinds: tuple[str, ...] = ()  # Those it is told; () for all.
    buyer: str = ""
    publisher: str = ""

    @property
    def party(self) -> str:
        """Whose notices it is told; the operator's has everybody's."""
        if self.buyer:
            return party("buyer", self.buyer)
        return party("publisher", self.publisher) if self.publisher else OPERATOR

    def takes(self, kind: str, of: str) -> bool:
        """Tell whether it is told of a notice of `kind` to the party `of`."""
        return self.party in (OPERATOR, of) and (not self.kinds or kind in self.kinds)


def party(to: str, id_: str) -> str:
    """Return the name of a party: "operator", "buyer/acme", "publisher/p1"."""
    return OPERATOR if to == OPERATOR else f"{to}/{id_}"


def wrong_with(kind: str, data: Mapping[str, object]) -> str:
    """Return what is wrong with a notice; "" when nothing is."""
    known = KINDS.get(kind)
    if known is None:
        return f"there is no notice of the kind {kind!r}"
    if set(data) != set(known.fields):
        return f"a notice {kind} has the fields {', '.join(known.fields) or '(none)'}"
    bad = [name for name, value in data.items() if not _is_plain(value)]
    return f"{bad[0]}: expected a number or a text of one line" if bad else ""


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= VALUE_CHARS_MAX and value.isprintable()
    return isinstance(value, int)
