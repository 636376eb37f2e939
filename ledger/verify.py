"""Whether a ledger is what its moves made it: chains, sums, bodies and seals. Pure.

The rows come in order from outside; what is wrong goes out as Problems, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from ledger.body import body, read_body
from ledger.checks import check, check_take
from ledger.moves import Capture, Hold, Move, Release, changes, gives
from ledger.refusals import LedgerError

ENTRY_FORMAT = "entry/1"  # Of the text that is hashed, in SQL ledger_apply and below.


@dataclass(frozen=True, slots=True)
class Problem:
    place: str
    what: str


class EntryRow(NamedTuple):
    """One entry, as stored. A named tuple, because there are millions."""

    account: str
    seq: int
    transfer_id: UUID
    d_posted: int
    d_held: int
    posted: int
    held: int
    at_us: int
    hash: bytes
    in_month: bool  # It stands in the partition of its time.
    body_hash: bytes | None  # Of the move it belongs to; None: there is no such move.


class TransferRow(NamedTuple):
    """One move, as stored, with all that belongs to it."""

    id: UUID
    kind: str
    hold_id: UUID | None
    body: str
    body_hash: bytes
    hold_body: str | None
    entry_accounts: list[str] | None
    entry_posted: list[int] | None
    entry_held: list[int] | None
    line_accounts: list[str] | None
    line_amounts: list[int] | None
    resolvers: list[UUID] | None  # Moves that ended this hold, or the hold that this ends.
    in_time: bool | None  # Its entries and lines have its time; only entries are hashed with it.


def entry_hash(row: EntryRow, previous: str) -> bytes:
    """Return the hash of an entry: over every column, its move, and the entry before."""
    move = row.body_hash.hex() if row.body_hash else ""
    text = (
        f"{ENTRY_FORMAT}|{row.account}|{row.seq}|{row.transfer_id}|{move}|{row.d_posted}"
        f"|{row.d_held}|{row.posted}|{row.held}|{row.at_us}|{previous}"
    )
    return sha256(text.encode()).digest()


class Chains:
    """Follows the chain of each account; feed it all entries by account and order."""

    def __init__(self, sealed: Mapping[str, Mapping[int, str]]) -> None:
        self.entries = 0
        self.accounts = 0
        self._sealed = sealed
        self._seen: set[str] = set()  # Of the accounts that are sealed.
        self._account = ""
        self._seq = self._posted = self._held = 0
        self._hash = ""

    def feed(self, row: EntryRow) -> Iterator[Problem]:
        """Yield what is wrong with the next entry."""
        if row.account != self._account:
            yield from self._end_account()
            self._begin_account(row.account)
        self.entries += 1
        for wrong in self._faults(row):
            yield Problem(f"{row.account} entry {row.seq}", wrong)
        self._seq, self._posted, self._held = row.seq, row.posted, row.held
        self._hash = row.hash.hex()

    def finish(self) -> Iterator[Problem]:
        """Yield what is missing at the end."""
        yield from self._end_account()
        for account in sorted(self._sealed.keys() - self._seen):
            yield Problem(account, "was sealed, and has no entries now")

    def _faults(self, row: EntryRow) -> Iterator[str]:
        if row.seq != self._seq + 1:
            yield f"follows entry {self._seq}: what was between is gone"
        elif (row.posted, row.held) != (self._posted + row.d_posted, self._held + row.d_held):
            yield "its balance is not the one before plus its change"
        if row.body_hash is None:
            yield f"its move {row.transfer_id} is gone"
        elif row.hash != entry_hash(row, self._hash):
            yield "its hash does not fit: it, its move or the entry before was changed"
        if not row.in_month:
            yield "it stands in the partition of another month"
        sealed = self._sealed.get(row.account)
        if sealed and sealed.get(row.seq, row.hash.hex()) != row.hash.hex():
            yield "it is not the entry that was sealed"

    def _begin_account(self, account: str) -> None:
        self.accounts += 1
        self._account, self._hash = account, ""
        self._seq = self._posted = self._held = 0
        if account in self._sealed:
            self._seen.add(account)

    def _end_account(self) -> Iterator[Problem]:
        last = max(self._sealed.get(self._account, {0: ""}))
        if last > self._seq:
            yield Problem(
                self._account,
                f"ends at entry {self._seq}, and was sealed at {last}: the end is cut",
            )


def transfer_problems(row: TransferRow) -> Iterator[Problem]:
    """Yield what is wrong with a move and all that belongs to it."""
    for wrong in _transfer_faults(row):
        yield Problem(f"{row.kind} {row.id}", wrong)


def _transfer_faults(row: TransferRow) -> Iterator[str]:
    move, hold = _read(row.body), _read(row.hold_body)
    if move is None or body(move).decode() != row.body:
        yield "its body is not one that was written here"
        return
    if sha256(row.body.encode()).digest() != row.body_hash:
        yield "its hash is not that of its body"
    if (move.id, _kind(row.body), getattr(move, "hold_id", None)) != row[:3]:
        yield "its columns are not those of its body"
    if isinstance(move, Capture | Release) and not isinstance(hold, Hold):
        yield f"its hold {row.hold_id} is gone"
        return
    yield from _rule_faults(move, hold)
    yield from _row_faults(row, move, hold)


def _rule_faults(move: Move, hold: Move | None) -> Iterator[str]:
    try:
        check(move)
        if isinstance(move, Capture) and isinstance(hold, Hold):
            check_take(move, hold)
    except LedgerError as error:
        yield str(error)


def _row_faults(row: TransferRow, move: Move, hold: Move | None) -> Iterator[str]:
    done = changes(move, hold if isinstance(hold, Hold) else None)
    wanted = sorted((each.account, each.posted, each.held) for each in done)
    entries = (row.entry_accounts or [], row.entry_posted or [], row.entry_held or [])
    if sorted(zip(*entries, strict=True)) != wanted:
        yield "its entries are not what its body says"
    lines = zip(row.line_accounts or [], row.line_amounts or [], strict=True)
    if sorted(lines) != sorted((line.account, line.amount) for line in gives(move)):
        yield "its lines are not what its body says"
    if row.in_time is False:
        yield "its time is not that of its entries and lines"
    if isinstance(move, Capture | Release) and row.resolvers != [row.id]:
        yield "it is not what ended its hold, or not alone"
    if isinstance(move, Hold) and len(row.resolvers or []) > 1:
        yield "it ended more than once"


def _read(text: str | None) -> Move | None:
    try:
        return None if text is None else read_body(text)
    except (ValueError, KeyError, TypeError):
        return None


def _kind(text: str) -> str:
    return text.partition('"kind":"')[2].partition('"')[0]


def sums_problems(
    held: Iterable[tuple[str, int, int]],
    units: Iterable[tuple[str, int]],
    orphans: Iterable[tuple[str, str]],
) -> Iterator[Problem]:
    """Yield what is wrong with the ledger as a whole."""
    for account, now, amount in held:
        yield Problem(account, f"holds {now}, and its open holds sum to {amount}")
    for unit, amount in units:
        if amount:
            yield Problem(f"unit {unit}", f"all moves sum to {amount}, not to zero")
    for place, what in orphans:
        yield Problem(place, what)
