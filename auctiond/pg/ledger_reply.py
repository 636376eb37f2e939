"""What the database says to a move, and the LedgerError that a refusal stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from auctiond.pg.errors import PgError
from ledger.moves import Booking, Capture, Move, Release, TopUp
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

REFUSED = "LG001"  # The SQLSTATE of ledger_must, when it does not record a move.


@dataclass(frozen=True, slots=True)
class Reply:
    """What the database said to one move."""

    code: str
    account: str
    balances: Mapping[str, tuple[int, int]]


@contextmanager
def refusing(move: Move) -> Iterator[None]:
    """Raise the LedgerError that a function in SQL, which records `move`, was refused with."""
    try:
        yield
    except PgError as error:
        if error.sqlstate != REFUSED:
            raise
        code, _, account = str(error).partition(" ")
        raise refusal(Reply(code, account, {}), move) from None


def refusal(reply: Reply, move: Move) -> LedgerError:
    """Return the error of ledger/refusals.py that `reply` stands for."""
    match reply.code:
        case "insufficient":
            return Insufficient(reply.account)
        case "not_open":
            assert isinstance(move, Capture | Release)
            return NotOpen(move.hold_id)
        case "reused":
            return IdReused(move.id)
        case "ref_reused":
            assert isinstance(move, TopUp | Booking)
            return RefReused(move.ref)
        case "far":
            return FarId(move.id)
        case "late":
            return TooLate(move.id)
        case "over":
            return TooMuchBack(reply.account)
        case "no_original":
            assert isinstance(move, Booking)
            assert move.reverses is not None
            return NoOriginal(move.reverses)
        case "unbalanced":
            why = f"takes more of {reply.account} than is held" if reply.account else "lines"
            return Unbalanced(move.id, why)
    raise ValueError(f"ledger_apply answered with an unknown code: {reply.code}")
