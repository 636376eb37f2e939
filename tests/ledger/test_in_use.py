"""Whatever calls do in whatever order: at no point of the log is more in use than a cap allows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ledger.moves import (
    Hold,
    Move,
    Release,
    TopUp,
    capture_for,
    end_for,
    hold_for,
    release_for,
    use,
    without_slots,
)
from ledger.rules import Ledger, LedgerError
from market.ids import id_at
from market.limits import CAP_KINDS
from market.money import Micros

LIMITS = {f"cap:t:{kind}/day:2026-11-23": 2 for kind in CAP_KINDS[:3]}
LIMITS |= {"cap:t:money/day:2026-11-23": 7, "slot:t": 1, "wallet:b": 0}
WALLET = 20
CALLS, LEGS = 5, 2


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a leg of a call."""

    what: str
    call: int
    leg: int

    def moves(self) -> list[Move]:
        hold = award(self.call, self.leg)
        freed = without_slots(hold)
        assert freed is not None
        match self.what:
            case "award":
                return [hold]
            case "sold":
                return [capture_for(hold, price=Micros(3), publisher="p", payout=Micros(2))]
            case "rung":
                return [end_for(hold, counted=("calls",))]
            case "answered":
                return [end_for(hold, counted=("calls", "connects"))]
            case "given back":
                return [release_for(hold)]
            case "expired":
                return [release_for(hold, expired=True)]
            case "review":
                return list(freed)
            case "decided":
                return [capture_for(freed[1], price=Micros(3), publisher="p", payout=Micros(2))]
        return [release_for(freed[1])]


def award(call: int, leg: int) -> Hold:
    uses = [
        use(account, 3 if "money" in account else 1, limit)
        for account, limit in LIMITS.items()
        if not account.startswith("wallet")
    ]
    return hold_for(call_id(call), leg, buyer="b", price=Micros(3), uses=uses, expires_ms=10**12)


def call_id(call: int) -> UUID:
    return id_at(1_795_000_000_000 + call, b"call")


ENDS = ("sold", "rung", "answered", "given back", "expired", "review", "decided", "refused")
WHATS = st.sampled_from(("award",) * 5 + ENDS)
STEPS = st.lists(st.builds(Step, WHATS, st.integers(1, CALLS), st.integers(1, LEGS)), max_size=60)


def in_use(ledger: Ledger) -> dict[str, int]:
    """Return what is used up or held of each account; of the wallet, what is gone of its money."""
    balances = ledger.balances()
    return {account: held - posted for account, (posted, held) in balances.items()}


def take_step(ledger: Ledger, step: Step) -> None:
    """As the shell does: a review is both moves or none, all else is one move."""
    moves = step.moves()
    if len(moves) == 2 and not any(hold.id == moves[0].hold_id for hold in ledger.open_holds()):
        return
    for move in moves:
        with suppress(LedgerError):
            event(f"{step.what} {ledger.apply(move)}")


@settings(max_examples=300)
@given(STEPS, st.lists(st.integers(0, 59), max_size=20))
def test_units_in_use_never_exceed_a_cap_at_any_point_of_the_log(steps, repeats):
    """`repeats`: a restart makes moves again that were made before, at any later time."""
    ledger = Ledger()
    ledger.apply(TopUp(call_id(0), "wallet:b", WALLET, "ref"))
    for number, step in enumerate(steps):
        again = [steps[n] for n in repeats if n < number and n % 7 == number % 7]
        for one in (step, *again):
            take_step(ledger, one)
            over = {name: n for name, n in in_use(ledger).items() if n > LIMITS.get(name, 0)}
            assert over == {}
    for hold in ledger.open_holds():  # By another way than before: its id may have been used.
        ledger.apply(Release(id_at(1_795_000_000_000, hold.id.bytes), hold.id, expired=True))
    assert not [name for name, (_, held) in ledger.balances().items() if held]
