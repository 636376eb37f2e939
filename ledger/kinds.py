"""Which bookings there are, and which accounts each may take from and give to. Pure.

Twin of the SQL tables `ledger_rule` and `ledger_reversible`; a test compares them.
"""

from __future__ import annotations

from market.value import dataclass

MONEY_WORDS = (
    "wallet", "usage", "publisher", "carrier", "margin", "revenue", "cost", "writeoff",
    "rounding", "processor", "world",
)  # fmt: skip
OWED = ("wallet", "usage")
OUTSIDE = ("processor", "world")
CAPS = ("cap", "used")
# Who bears what a reversal does not get back from those who had it.
BEARERS = ("margin", "writeoff")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of booking. `forced` ones may push an account under its floor: the money is gone."""

    meaning: str
    takes: tuple[str, ...] = ()  # Kinds of accounts that may have a negative line.
    gives: tuple[str, ...] = ()
    reverses: tuple[str, ...] = ()  # The kinds of moves that it may take back.
    must_reverse: bool = False
    needs_ref: bool = False  # It is an event outside, which counts once.
    needs_reason: bool = False  # And an actor: a person did it.
    forced: bool = False


RULES = {
    "charge": Rule(
        "a buyer or the tenant pays for something that is no sale",
        takes=(*OWED, "rounding"),
        gives=("revenue", "rounding"),
    ),
    "accrual": Rule(
        "somebody earned something, and will be paid later",
        takes=("margin", "revenue", "cost", "rounding"),
        gives=("publisher", "carrier", "processor", "rounding"),
    ),
    "payout": Rule(
        "a publisher or a carrier is paid",
        takes=("publisher", "carrier", "rounding"),
        gives=(*OUTSIDE, "rounding"),
        needs_ref=True,
    ),
    "refund": Rule(
        "money goes back to who paid it in",
        takes=OWED,
        gives=OUTSIDE,
        reverses=("topup",),
        needs_ref=True,
    ),
    "reversal": Rule(
        "a move is taken back, whole or in part: a return, a failed payout",
        takes=(*MONEY_WORDS, *CAPS),
        gives=(*MONEY_WORDS, *CAPS),
        reverses=(
            "topup", "capture", "charge", "accrual", "payout", "refund", "clearing", "adjustment",
        ),
        must_reverse=True,
    ),
    "reinstatement": Rule(
        "a reversal is undone: what it took back counts again",
        takes=(*MONEY_WORDS, *CAPS),
        gives=(*MONEY_WORDS, *CAPS),
        reverses=("reversal",),
        must_reverse=True,
    ),
    "chargeback": Rule(
        "a card holder's bank took the money back",
        takes=OWED,
        gives=OUTSIDE,
        reverses=("topup",),
        needs_ref=True,
        forced=True,
    ),
    "chargeback_won": Rule(
        "the bank gave it back to us",
        takes=OUTSIDE,
        gives=OWED,
        reverses=("chargeback",),
        must_reverse=True,
        needs_ref=True,
    ),
    "clearing": Rule(
        "the processor paid its balance into the bank, less its fees",
        takes=(*OUTSIDE, "cost", "rounding"),
        gives=(*OUTSIDE, "cost", "rounding"),
        needs_ref=True,
    ),
    "adjustment": Rule(
        "a person puts something right",
        takes=(*MONEY_WORDS, *CAPS),
        gives=(*MONEY_WORDS, *CAPS),
        needs_reason=True,
    ),
}  # fmt: skip
