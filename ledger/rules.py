"""The rules of the ledger, kept in memory: the model that PostgreSQL is tested against. Pure.

A move happens whole or not at all, once, and only if no account falls under its floor.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from ledger.body import body
from ledger.checks import check, check_back, check_take
from ledger.kinds import RULES
from ledger.moves import (
    Booking,
    Capture,
    Change,
    Hold,
    Line,
    Move,
    Release,
    TopUp,
    changes,
    effect,
    gives,
    name_of,
)
from ledger.refusals import (
    FarId,
    IdReused,
    Insufficient,
    LedgerError,
    NoOriginal,
    NotOpen,
    RefReused,
    TooLate,
    TooMuchBack,
    Unbalanced,
)

__all__ = [
    "FarId", "IdReused", "Insufficient", "Ledger", "LedgerError", "NoOriginal", "NotOpen",
    "RefReused", "TooLate", "TooMuchBack", "Unbalanced", "check", "check_take",
]  # fmt: skip


class Ledger:
    def __init__(self) -> None:
        self._moves: dict[UUID, Move] = {}
        self._refs: dict[str, object] = {}
        self._reversers: defaultdict[UUID, list[Booking]] = defaultdict(list)
        self._open: dict[UUID, Hold] = {}
        self._balances: dict[str, tuple[int, int]] = {}
        self._sums: defaultdict[str, int] = defaultdict(int)

    def apply(self, move: Move) -> bool:
        """Record `move` whole, or raise and record nothing. False: the very same was there."""
        check(move)
        known = self._moves.get(move.id)
        if known is not None:
            if body(known) != body(move):
                raise IdReused(move.id)
            return False
        if isinstance(move, TopUp | Booking) and self._came_before(move):
            return False
        hold = self._hold_ended_by(move)
        if isinstance(move, Hold):
            self._check_floors((line.account, -line.amount, line.floor) for line in move.lines)
        elif isinstance(move, Booking):
            self._check_booking(move)
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

    def _came_before(self, move: TopUp | Booking) -> bool:
        """Return whether the event outside came before, under whatever id: it counts once."""
        known = self._refs.get(move.ref) if move.ref else None
        if known is not None and known != _told(move):
            raise RefReused(move.ref)
        return known is not None

    def _hold_ended_by(self, move: Move) -> Hold | None:
        if not isinstance(move, Capture | Release):
            return None
        hold = self._open.get(move.hold_id)
        if hold is None:
            raise NotOpen(move.hold_id)
        if isinstance(move, Capture):
            check_take(move, hold)
        return hold

    def _check_booking(self, move: Booking) -> None:
        if move.reverses is not None:
            original = self._moves.get(move.reverses)
            if original is None:
                raise NoOriginal(move.reverses)
            check_back(move, name_of(original), effect(original), self._undone(move.reverses))
        if not RULES[move.kind].forced:
            taken = (change for change in changes(move) if change.posted < 0)
            self._check_floors(
                (one.account, one.posted, move.floor_of(one.account)) for one in taken
            )

    def _undone(self, id_: UUID) -> Counter[str]:
        """Return what reversals of a move took back, less what was reinstated of them."""
        undone: Counter[str] = Counter()
        for reversal in self._reversers[id_]:
            undone.update(effect(reversal))
            for again in self._reversers[reversal.id]:
                undone.update(effect(again))
        return undone

    def _check_floors(self, lines: Iterable[tuple[str, int, int]]) -> None:
        for account, amount, floor in lines:
            posted, held = self.available(account)
            if posted - held + amount < floor:
                raise Insufficient(account)

    def _write(self, move: Move, done: Iterable[Change]) -> None:
        self._moves[move.id] = move
        for change in done:
            posted, held = self.available(change.account)
            self._balances[change.account] = (posted + change.posted, held + change.held)
        for line in gives(move):
            self._sums[line.account] += line.amount
        if isinstance(move, TopUp | Booking) and move.ref:
            self._refs[move.ref] = _told(move)
        if isinstance(move, Booking) and move.reverses:
            self._reversers[move.reverses].append(move)
        elif isinstance(move, Hold):
            self._open[move.id] = move
        elif isinstance(move, Capture | Release):
            del self._open[move.hold_id]


def _told(move: TopUp | Booking) -> tuple[str, UUID | None, frozenset[Line]]:
    """Return what an event outside says: the same again is the same event."""
    lines = frozenset(Line(account, amount) for account, amount in effect(move).items())
    return name_of(move), getattr(move, "reverses", None), lines
