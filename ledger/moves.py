"""The few ways money and cap units move, and how the legs of a call use them. Pure.

world --top up--> wallet --hold--> (held) --capture--> publisher, margin
                    ^-----------release---'
All else is a Booking (ledger/kinds.py says which there are). A move is immutable; its id comes
from its event (the call and the leg), so that a retry, or another node, makes the same move. The
ledger only ever adds moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from ledger.accounts import CALLS, USD, cap_kind, currency_of, is_bounded, unit_of, used_account
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

    It holds no personal data. `source` is where the money is: `world`, the bank, or a processor.
    """

    id: UUID
    account: str
    amount: int
    ref: str
    source: str = "world"


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


@dataclass(frozen=True, slots=True)
class Floor:
    """Where an account may fall to in a booking, if not to zero: minus its credit."""

    account: str
    least: int


@dataclass(frozen=True, slots=True)
class Booking:
    """Any other move of money: ledger/kinds.py has the kinds, and what each may touch.

    `lines` are signed and sum to zero. A bounded account that is taken from stays at or over its
    floor. `ref` names an event outside, and counts once, whatever the id. `reverses` is the move
    that this takes back: never more than it did. After `until_ms` it is refused. `actor` and
    `reason` are words or ids, never text by a person: the ledger holds no personal data.
    """

    id: UUID
    kind: str
    lines: tuple[Line, ...]
    floors: tuple[Floor, ...] = ()
    ref: str = ""
    reverses: UUID | None = None
    call_id: UUID | None = None
    actor: str = ""
    reason: str = ""
    until_ms: int | None = None

    def floor_of(self, account: str) -> int:
        """Return the floor of `account`: zero if none was given."""
        return next((floor.least for floor in self.floors if floor.account == account), 0)


Move = TopUp | Hold | Capture | Release | Booking


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
        case Booking():
            bounded = (line for line in move.lines if is_bounded(line.account))
            return tuple(Change(line.account, line.amount, 0) for line in bounded)
    taken = {line.account: line.amount for line in move.take} if isinstance(move, Capture) else {}
    lines = hold.lines if hold else ()
    return tuple(Change(held.account, -taken.get(held.account, 0), -held.amount) for held in lines)


def gives(move: Move) -> tuple[Line, ...]:
    """Return what `move` adds to accounts without bounds."""
    match move:
        case TopUp():
            return (Line(move.source, -move.amount),)
        case Capture():
            return move.give
        case Booking():
            return tuple(line for line in move.lines if not is_bounded(line.account))
    return ()


def name_of(move: Move) -> str:
    """Return the word for what `move` is."""
    match move:
        case Booking():
            return move.kind
        case Release():
            return "expire" if move.expired else "release"
    return type(move).__name__.lower()


def effect(move: Move) -> dict[str, int]:
    """Return what `move` did to what accounts own: all that another could take back."""
    found = {line.account: line.amount for line in gives(move)}
    if isinstance(move, Capture):
        return found | {line.account: -line.amount for line in move.take}
    done = {change.account: change.posted for change in changes(move) if change.posted}
    return found | done


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
    own = _wallet_unit(hold)
    tail = "" if own == USD else f"@{own}"
    give = [Line(f"publisher:{publisher}{tail}", paid), Line(f"margin{tail}", price - paid)]
    for unit in sorted({unit_of(line.account) or "" for line in take} - {own}):
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


def _wallet_unit(hold: Hold) -> str:
    """Return the currency of the wallet that pays: the publisher and we get the same."""
    units = (unit_of(line.account) or "" for line in hold.lines)
    return next((unit for unit in units if unit == currency_of(unit)), USD)


def _take(line: HoldLine, price: Micros) -> Line:
    amount = line.amount if unit_of(line.account) == CALLS else price
    return Line(line.account, amount)


def release_for(hold: Hold, *, expired: bool = False) -> Release:
    """Return the end of `hold` without a sale."""
    part = "expire" if expired else "release"
    return Release(id_for(hold.call_id, f"{part}:{hold.leg}"), hold.id, expired)
