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
from ledger.kinds import RULES
from ledger.moves import Booking, Capture, Hold, Move, Release, changes, gives
from ledger.refusals import LedgerError

ENTRY_FORMAT = "entry/1"  # Of the text that is hashed, in SQL ledger_apply and below.


# All columns of the ledger's tables. None holds personal data: a person looked at each.
COLUMNS = frozenset(
    f"{table}.{column}"
    for table, columns in {
        "ledger_account": "name unit bounded opened_at",
        "ledger_month": "month",
        "ledger_transfer": "id kind hold_id body body_hash at",
        "ledger_entry": "account month seq transfer_id d_posted d_held posted held at hash",
        "ledger_line": "transfer_id account amount at",
        "hold_resolution": "hold_id transfer_id",
        "ledger_ref": "ref transfer_id",
        "ledger_reversal": "transfer_id reverses",
        "ledger_seal": "no line_hash until noted_at",
        "ledger_export": "month sha256 closing entries moves noted_at",
        "ledger_put_away": "month sha256 put_away_at",
        "ledger_booking": "kind may_reverse must_reverse needs_ref needs_reason forced",
        "ledger_rule": "kind taken word",
        "ledger_reversible": "kind original",
    }.items()
    for column in columns.split()
)


@dataclass(frozen=True, slots=True)
class Problem:
    place: str
    what: str


class EntryRow(NamedTuple):
    """One entry that may not be right, as stored, and what is stored before it on its account."""

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
    before_seq: int
    before_posted: int
    before_held: int
    before_hash: str
    sealed: str | None  # Its hash, as it was sealed.


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
    entry_free: list[int] | None  # What was left after it.
    line_accounts: list[str] | None
    line_amounts: list[int] | None
    resolvers: list[UUID] | None  # Moves that ended this hold, or the hold that this ends.
    in_time: bool | None  # Its entries and lines have its time; only entries are hashed with it.
    at_ms: int | None


def entry_hash(row: EntryRow) -> bytes:
    """Return the hash of an entry: over every column, its move, and the entry before."""
    move = row.body_hash.hex() if row.body_hash else ""
    text = (
        f"{ENTRY_FORMAT}|{row.account}|{row.seq}|{row.transfer_id}|{move}|{row.d_posted}"
        f"|{row.d_held}|{row.posted}|{row.held}|{row.at_us}|{row.before_hash}"
    )
    return sha256(text.encode()).digest()


def entry_problems(row: EntryRow) -> Iterator[Problem]:
    """Yield what is wrong with an entry that SQL did not pass: something is."""
    found = list(entry_faults(row)) or ["SQL refuses it, and Python finds nothing: look at both"]
    for wrong in found:
        yield Problem(f"{row.account} entry {row.seq}", wrong)


def entry_faults(row: EntryRow) -> Iterator[str]:
    """Yield what is wrong with an entry."""
    if row.seq != row.before_seq + 1:
        yield f"follows entry {row.before_seq}: what was between is gone"
    elif (row.posted, row.held) != (row.before_posted + row.d_posted, row.before_held + row.d_held):
        yield "its balance is not the one before plus its change"
    if row.body_hash is None:
        yield f"its move {row.transfer_id} is gone"
    elif row.hash != entry_hash(row):
        yield "its hash does not fit: it, its move or the entry before was changed"
    if not row.in_month:
        yield "it stands in the partition of another month"
    if row.held < 0:
        yield "it holds less than nothing"
    if row.sealed is not None and row.sealed != row.hash.hex():
        yield "it is not the entry that was sealed"


def end_problems(sealed: Mapping[str, int], ends: Mapping[str, int]) -> Iterator[Problem]:
    """Yield the accounts that end before the entry that was sealed last."""
    for account, last in sealed.items():
        end = ends.get(account, 0)
        if not end:
            yield Problem(account, "was sealed, and has no entries now")
        elif end < last:
            yield Problem(account, f"ends at entry {end}, and was sealed at {last}: the end is cut")


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
    yield from _limit_faults(row, move)


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


def _limit_faults(row: TransferRow, move: Move) -> Iterator[str]:
    """Yield where a move went under a floor, or came too late. What was refused wrote nothing."""
    free = dict(zip(row.entry_accounts or [], row.entry_free or [], strict=True))
    floors: list[tuple[str, int]] = []
    if isinstance(move, Hold):
        floors = [(line.account, line.floor) for line in move.lines]
    elif isinstance(move, Booking) and not RULES[move.kind].forced:
        taken = [change.account for change in changes(move) if change.posted < 0]
        floors = [(account, move.floor_of(account)) for account in taken]
    for account, floor in floors:
        if free.get(account, floor) < floor:
            yield f"it left {free[account]} of {account}, whose floor is {floor}"
    until_ms = move.until_ms if isinstance(move, Booking) else None
    if until_ms is not None and (row.at_ms is None or row.at_ms > until_ms):
        yield "it came after its time was over"


def _read(text: str | None) -> Move | None:
    try:
        return None if text is None else read_body(text)
    except (ValueError, KeyError, TypeError):
        return None


def _kind(text: str) -> str:
    return text.partition('"kind":"')[2].partition('"')[0]


def column_problems(found: Iterable[str]) -> Iterator[Problem]:
    """Yield the columns that nobody looked at for personal data."""
    for name in sorted(set(found) - COLUMNS):
        yield Problem(
            name, "is a column that the ledger does not have: is it free of personal data?"
        )
