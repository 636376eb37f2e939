"""Why a move is refused. Whoever is refused finds nothing written. Pure."""

from __future__ import annotations

from uuid import UUID


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


class TooMuchBack(LedgerError):
    def __init__(self, account: str) -> None:
        super().__init__(
            f"more would go back to or from {account} than the move did that it reverses"
        )
        self.account = account


class NoOriginal(LedgerError):
    def __init__(self, reverses: UUID) -> None:
        super().__init__(f"{reverses} is no move that this could reverse")
        self.reverses = reverses


class TooLate(LedgerError):
    """Only a database can tell; the model has no clock."""

    def __init__(self, id_: UUID) -> None:
        super().__init__(f"the time for {id_} is over")
        self.id = id_
