"""The few ways money and cap units move, and how the legs of a call use them. Pure.

world --top up--> wallet --hold--> (held) --capture--> publisher, margin
                    ^-----------release---'
A move is immutable; its id comes from its event (the call and the leg), so that a retry, or
another node, makes the same move. The ledger only ever adds moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from ledger.accounts import CALLS, MONEY, cap_kind, unit_of, used_account
from market.ids import id_for
from market.money import Micros
from market.value import dataclass

ANY_FLOOR = -(10**18)  # The least a floor may be: leaves a BIGINT room for every sum on the way.


@dataclass(frozen=True, slots=True)
class HoldLine:
    """Set `amount` of `account` aside, if posted - held stays at or over `floor`."""

    account: str
    amount: int
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money came in from outside. `ref` names the payment: it counts once, whatever the id.

    It holds no personal data.
    """

    id: UUID
    account: str
    amount: int
    ref: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Set aside all that one leg of a call may cost, or nothing."""

    id: UUID
    call_id: UUID
    leg: int
    lines: tuple[HoldLine, ...]
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Capture:
    """End a hold by taking: `take` of what is held, `give` to accounts without bounds.

    A sale takes money and units. A call that was only rung, or answered, may use up units alone.
    """

    id: UUID
    hold_id: UUID
    take: tuple[Line, ...]
    give: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """End a hold without a sale. `expired`: nobody came back for it."""

    id: UUID
    hold_id: UUID
    expired: bool = False


Move = TopUp | Hold | Capture | Release


@dataclass(frozen=True, slots=True)
class Change:
    """What one move does to one bounded account."""

    account: str
    posted: int
    held: int


def changes(move: Move, hold: Hold | None = None) -> tuple[Change, ...]:
    """Return what `move` does to bounded accounts; `hold` is the one that it ends."""
    match move:
        case TopUp():
            return (Change(move.account, move.amount, 0),)
        case Hold():
            return tuple(Change(line.account, 0, line.amount) for line in move.lines)
    taken = {line.account: line.amount for line in move.take} if isinstance(move, Capture) else {}
    lines = hold.lines if hold else ()
    return tuple(Change(held.account, -taken.get(held.account, 0), -held.amount) for held in lines)


def gives(move: Move) -> tuple[Line, ...]:
    """Return what `move` adds to accounts without bounds."""
    match move:
        case TopUp():
            return (Line("world", -move.amount),)
        case Capture():
            return move.give
    return ()


def use(account: str, amount: int, limit: int) -> HoldLine:
    """Return the line that uses `amount` of a cap or a slot, of which there are `limit`."""
    return HoldLine(account, amount, floor=-limit)


def hold_for(
    call_id: UUID,
    leg: int,
    *,
    buyer: str,
    price: Micros,
    credit: Micros = Micros(0),
    uses: Iterable[HoldLine] = (),
    expires_ms: int,
) -> Hold:
    """Return the hold of `price` on the buyer's wallet and of all caps and the slot at once."""
    wallet = HoldLine(f"wallet:{buyer}", price, floor=-credit)
    return Hold(hold_id(call_id, leg), call_id, leg, (wallet, *uses), expires_ms)


def hold_id(call_id: UUID, leg: int) -> UUID:
    """Return the id of the hold for a leg, whether it was made or not."""
    return id_for(call_id, f"hold:{leg}")


def capture_for(hold: Hold, *, price: Micros, publisher: str, payout: Micros) -> Capture:
    """Return the sale: the buyer pays `price`, the publisher gets `payout`, we keep the rest.

    The payout is never above the price. Caps are used up; the slot is only given back.
    """
    take = tuple(_take(line, price) for line in hold.lines if not is_slot(line.account))
    take = tuple(line for line in take if line.amount > 0)
    paid = min(payout, price)
    give = [Line(f"publisher:{publisher}", paid), Line("margin", price - paid)]
    for unit in sorted({unit_of(line.account) or "" for line in take} - {MONEY}):
        amount = sum(line.amount for line in take if unit_of(line.account) == unit)
        give.append(Line(used_account(unit), amount))
    kept = tuple(line for line in give if line.amount > 0)
    return Capture(id_for(hold.call_id, f"capture:{hold.leg}"), hold.id, take, kept)


def end_for(hold: Hold, *, counted: Collection[str] = ()) -> Capture | Release:
    """Return the end of `hold` without a sale; caps of the kinds in `counted` are used up."""
    stays = [line for line in hold.lines if cap_kind(line.account) in counted]
    if not stays:
        return release_for(hold)
    take = tuple(Line(line.account, line.amount) for line in stays if line.amount > 0)
    units = sum(line.amount for line in take)
    give = (Line(used_account(CALLS), units),)
    return Capture(id_for(hold.call_id, f"release:{hold.leg}"), hold.id, take, give)


def is_slot(account: str) -> bool:
    """Return whether `account` counts calls under way: what is given back, and never taken."""
    return account.startswith("slot:")


def without_slots(hold: Hold) -> tuple[Release, Hold] | None:
    """Return the moves that give back the slots of `hold` and keep the rest; None: it has none.

    The rest was set aside already: it has no floor, so that it cannot be refused.
    """
    rest = tuple(line for line in hold.lines if not is_slot(line.account))
    if not rest or len(rest) == len(hold.lines):
        return None
    lines = tuple(HoldLine(line.account, line.amount, ANY_FLOOR) for line in rest)
    end = Release(id_for(hold.call_id, f"slots:{hold.leg}"), hold.id)
    id_ = id_for(hold.call_id, f"hold:{hold.leg}:rest")
    return end, Hold(id_, hold.call_id, hold.leg, lines, hold.expires_ms)


def _take(line: HoldLine, price: Micros) -> Line:
    amount = line.amount if unit_of(line.account) == CALLS else price
    return Line(line.account, amount)


def release_for(hold: Hold, *, expired: bool = False) -> Release:
    """Return the end of `hold` without a sale."""
    part = "expire" if expired else "release"
    return Release(id_for(hold.call_id, f"{part}:{hold.leg}"), hold.id, expired)
