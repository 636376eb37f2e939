"""The rules of the ledger, kept in memory: the model that PostgreSQL is tested against. Pure.

A move happens whole or not at all, once, and only if no account falls under its floor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from ledger.accounts import MONEY, is_bounded, unit_of
from ledger.body import body
from ledger.moves import (
    ANY_FLOOR,
    Capture,
    Change,
    Hold,
    HoldLine,
    Line,
    Move,
    Release,
    TopUp,
    changes,
    gives,
)

AMOUNT_MAX = 10**15  # A billion dollars in micros: more in one line is a mistake.
# A wallet; and of target, buyer, campaign and publisher each a slot, a cap of every kind and
# period, and one by the hour: more is a loop somewhere.
LINES_MAX = 1 + 4 * (1 + 4 * 5 + 1)
REF_MAX = 200  # A payment's id at its processor.


class LedgerError(Exception):
    """A move was refused, and wrote nothing."""


class Insufficient(LedgerError):
    def __init__(self, account: str) -> None:
        super().__init__(f"not enough left in {account}")
        self.account = account


class NotOpen(LedgerError):
    def __init__(self, hold_id: UUID) -> None:
        super().__init__(f"no open hold {hold_id}: it never was, or has ended")
        self.hold_id = hold_id


class IdReused(LedgerError):
    def __init__(self, id_: UUID) -> None:
        super().__init__(f"{id_} stands for another move already")
        self.id = id_


class RefReused(LedgerError):
    def __init__(self, ref: str) -> None:
        super().__init__(f"the payment {ref!r} was recorded already, with other data")
        self.ref = ref


class Unbalanced(LedgerError):
    def __init__(self, id_: UUID, why: str) -> None:
        super().__init__(f"move {id_}: {why}")
        self.id = id_
        self.why = why


class FarId(LedgerError):
    """Only a database with months laid out can tell; the model has no clock."""

    def __init__(self, id_: UUID) -> None:
        super().__init__(f"the time in {id_} is outside the months the ledger is laid out for")
        self.id = id_


class Ledger:
    def __init__(self) -> None:
        self._moves: dict[UUID, bytes] = {}
        self._payments: dict[str, TopUp] = {}
        self._open: dict[UUID, Hold] = {}
        self._balances: dict[str, tuple[int, int]] = {}
        self._sums: defaultdict[str, int] = defaultdict(int)

    def apply(self, move: Move) -> bool:
        """Record `move` whole, or raise and record nothing. False: the very same was there."""
        check(move)
        known = self._moves.get(move.id)
        if known is not None:
            if known != body(move):
                raise IdReused(move.id)
            return False
        if isinstance(move, TopUp) and self._is_paid(move):
            return False
        hold = self._hold_ended_by(move)
        if isinstance(move, Hold):
            self._check_floors(move)
        self._write(move, changes(move, hold))
        return True

    def available(self, account: str) -> tuple[int, int]:
        """Return (posted, held); an account nobody used yet is (0, 0)."""
        return self._balances.get(account, (0, 0))

    def balances(self) -> Mapping[str, tuple[int, int]]:
        """Return (posted, held) of every bounded account that was ever used."""
        return dict(self._balances)

    def sums(self) -> Mapping[str, int]:
        """Return what was given to each account without bounds."""
        return dict(self._sums)

    def open_holds(self) -> tuple[Hold, ...]:
        """Return the holds that were neither captured nor released, oldest first."""
        return tuple(self._open.values())

    def _is_paid(self, move: TopUp) -> bool:
        """Return whether the payment came before, under whatever id: it counts once."""
        known = self._payments.get(move.ref)
        if known is None:
            return False
        if (known.account, known.amount) != (move.account, move.amount):
            raise RefReused(move.ref)
        return True

    def _hold_ended_by(self, move: Move) -> Hold | None:
        if not isinstance(move, Capture | Release):
            return None
        hold = self._open.get(move.hold_id)
        if hold is None:
            raise NotOpen(move.hold_id)
        if isinstance(move, Capture):
            check_take(move, hold)
        return hold

    def _check_floors(self, hold: Hold) -> None:
        for line in hold.lines:
            posted, held = self.available(line.account)
            if posted - held - line.amount < line.floor:
                raise Insufficient(line.account)

    def _write(self, move: Move, done: Iterable[Change]) -> None:
        self._moves[move.id] = body(move)
        for change in done:
            posted, held = self.available(change.account)
            self._balances[change.account] = (posted + change.posted, held + change.held)
        for line in gives(move):
            self._sums[line.account] += line.amount
        if isinstance(move, TopUp):
            self._payments[move.ref] = move
        elif isinstance(move, Hold):
            self._open[move.id] = move
        elif isinstance(move, Capture | Release):
            del self._open[move.hold_id]


def check(move: Move) -> None:
    """Raise Unbalanced unless `move` makes sense by itself, whatever the balances are."""
    match move:
        case TopUp():
            _check_lines(move.id, [Line(move.account, move.amount)], bounded=True, least=1)
            if not move.account.startswith("wallet:"):
                raise Unbalanced(move.id, f"only a wallet is topped up, not {move.account}")
            if not 1 <= len(move.ref) <= REF_MAX or not move.ref.isprintable():
                raise Unbalanced(move.id, f"ref is 1 to {REF_MAX} printable characters")
        case Hold():
            if not move.lines:
                raise Unbalanced(move.id, "a hold needs a line")
            _check_lines(move.id, move.lines, bounded=True, least=0)
            if any(not ANY_FLOOR <= line.floor <= AMOUNT_MAX for line in move.lines):
                raise Unbalanced(move.id, f"a floor is {ANY_FLOOR} to {AMOUNT_MAX}")
        case Capture():
            _check_capture(move)


def check_take(move: Capture, hold: Hold) -> None:
    """Raise Unbalanced if `move` takes what `hold` does not hold."""
    held = {line.account: line.amount for line in hold.lines}
    for line in move.take:
        if line.amount > held.get(line.account, 0):
            raise Unbalanced(move.id, f"takes more of {line.account} than is held")


def sums_by_unit(lines: Iterable[Line]) -> dict[str, int]:
    """Return the sum of `lines` of each unit."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[unit_of(line.account) or ""] += line.amount
    return dict(sums)


def _check_capture(move: Capture) -> None:
    _check_lines(move.id, move.take, bounded=True, least=1)
    _check_lines(move.id, move.give, bounded=False, least=1)
    if any(line.account.startswith("slot:") for line in move.take):
        raise Unbalanced(move.id, "a slot is given back, never taken")
    if any(line.account == "world" for line in move.give):
        raise Unbalanced(move.id, "a capture gives nothing to the world outside")
    taken, given = sums_by_unit(move.take), sums_by_unit(move.give)
    if taken != given:
        raise Unbalanced(move.id, f"takes {taken.get(MONEY, 0)} and gives {given.get(MONEY, 0)}")


def _check_lines(id_: UUID, lines: Iterable[Line | HoldLine], *, bounded: bool, least: int) -> None:
    names = [line.account for line in lines]
    if len(set(names)) != len(names) or len(names) > LINES_MAX:
        raise Unbalanced(id_, f"up to {LINES_MAX} accounts, each once")
    for line in lines:
        if unit_of(line.account) is None or is_bounded(line.account) != bounded:
            raise Unbalanced(id_, f"{line.account!r} is no account for such a line")
        if not least <= line.amount <= AMOUNT_MAX:
            raise Unbalanced(id_, f"an amount is {least} to {AMOUNT_MAX}, not {line.amount}")
