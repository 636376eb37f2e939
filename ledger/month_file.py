"""A month of the ledger in a file: what was recorded in it, and all that proves it. Pure.

JSON, an object a line: a head; what accounts had before; the hours of the seal; every move in the
order of its time, with its entries, its lines and the hold it ended; what accounts had after; and
a hash over all lines before it. So the file is verified alone, as the database was, line by line.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from ledger.merkle import BLOCK, Period, block, is_signed, leaf, read_period, root
from ledger.verify import EntryRow, Problem, TransferRow, entry_faults, transfer_problems

FORMAT = "auctiond-ledger-month/1"
PROBLEMS_MAX = 1_000  # Whoever has more needs no longer list.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Head = tuple[int, int, int, str]  # Of a bounded account: seq, posted, held, hash.
Heads = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class MonthRead:
    """What a file says, and what is wrong with it. `opening` and `closing` tie it to others."""

    month: str
    entries: int
    moves: int
    hours: int
    opening: str
    closing: str
    sha256: str
    problems: tuple[Problem, ...]


def line_of(key: str, value: object) -> bytes:
    """Return a line of the file."""
    return orjson.dumps({key: value}) + b"\n"


def head_line(month: str) -> bytes:
    """Return the first line."""
    return line_of("ledger", {"format": FORMAT, "month": month})


def closing_hash(heads: Mapping[str, Head], sums: Mapping[str, int]) -> str:
    """Return one hash over what accounts had; twin of SQL ledger_closing_hash."""
    rows = {account: "|".join(map(str, (account, *head))) for account, head in heads.items()}
    rows |= {account: f"{account}|{amount}" for account, amount in sums.items() if amount}
    return sha256("\n".join(rows[account] for account in sorted(rows)).encode()).hexdigest()


def read_month(lines: Iterable[bytes], sealed: Heads | None = None) -> MonthRead:
    """Verify a file, also against the entries that were `sealed` (account, seq: hash)."""
    reading = _Reading(sealed or {})
    for number, line in enumerate(lines, start=1):
        try:
            reading.read(line)
        except (ValueError, KeyError, TypeError, AttributeError):
            reading.note([Problem(f"line {number}", "is none that was written here")])
    return reading.result()


@dataclass(slots=True)
class _Reading:
    sealed: Heads
    month: str = ""
    entries: int = 0
    moves: int = 0
    hours: int = 0
    heads: dict[str, Head] = field(default_factory=dict)
    sums: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    # Of accounts, by seq: the columns of entries whose turn has not come.
    waiting: defaultdict[str, dict[int, tuple[Any, ...]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    periods: deque[Period] = field(default_factory=deque)
    leaves: list[tuple[UUID, bytes]] = field(default_factory=list)  # Of the first of the periods.
    after_heads: dict[str, Head] = field(default_factory=dict)
    after_sums: dict[str, int] = field(default_factory=dict)
    opening: str = ""
    end: dict[str, Any] = field(default_factory=dict)
    hashed: Any = field(default_factory=sha256)
    problems: list[Problem] = field(default_factory=list)

    def note(self, problems: Iterable[Problem]) -> None:
        """Keep what is wrong, up to a limit."""
        self.problems += list(problems)[: PROBLEMS_MAX - len(self.problems)]

    def read(self, line: bytes) -> None:
        """Take in a line."""
        ((key, value),) = orjson.loads(line).items()
        if key == "end":
            self.end = value | {"is": self.hashed.hexdigest()}
        self.hashed.update(line)
        match key:
            case "ledger":
                self.month = value["month"] if value["format"] == FORMAT else ""
            case "before":
                self._had(value, self.heads, self.sums)
            case "after":
                self._had(value, self.after_heads, self.after_sums)
            case "hour":
                self._read_hour(value)
            case "move":
                self._read_move(value)
            case "end":
                pass
            case _:
                raise ValueError(key)

    def _had(self, value: list[Any], heads: dict[str, Head], sums: dict[str, int]) -> None:
        account, seq, posted, held, hash_, amount = value
        if amount is None:
            heads[account] = (seq, posted, held, hash_)
        else:
            sums[account] = amount

    def _read_hour(self, told: dict[str, Any]) -> None:
        period = read_period(told)
        self.hours += 1
        if not is_signed(told):
            self.note([Problem(_place(period), "its signature is not that of its key")])
        self.periods.append(period)

    def _read_move(self, told: dict[str, Any]) -> None:
        if not self.moves:
            self.opening = closing_hash(self.heads, self.sums)
        self.moves += 1
        row, at_us = _transfer(told), told["at_us"]
        self.note(transfer_problems(row))
        self._seal_until(_EPOCH + timedelta(microseconds=at_us))
        self.leaves.append((row.id, leaf(row.id, row.body_hash)))
        for account, amount in told["lines"]:
            self.sums[account] += amount
        for entry in told["entries"]:
            self._read_entry(row, at_us, entry)

    def _read_entry(self, row: TransferRow, at_us: int, entry: list[Any]) -> None:
        """Follow the chain of an account. Of moves of one moment, a later one may come first."""
        account, seq, *rest, hash_ = entry
        self.entries += 1
        in_month = f"{_EPOCH + timedelta(microseconds=at_us):%Y-%m}" == self.month
        waiting = self.waiting[account]
        waiting[seq] = (row.id, *rest, at_us, bytes.fromhex(hash_), in_month, row.body_hash)
        before = self.heads.get(account, _NOTHING)
        while found := waiting.pop(before[0] + 1, None):
            seq = before[0] + 1
            sealed = self.sealed.get(account, {}).get(seq)
            entry_row = EntryRow._make((account, seq, *found, *before, sealed))
            faults = entry_faults(entry_row)
            self.note(Problem(f"{account} entry {seq}", fault) for fault in faults)
            before = (seq, entry_row.posted, entry_row.held, entry_row.hash.hex())
        if before[0]:
            self.heads[account] = before

    def _seal_until(self, at: datetime) -> None:
        """Compare the hours that are over with what was signed of them."""
        while self.periods and at >= self.periods[0].until:
            period = self.periods.popleft()
            self.leaves.sort()
            hashes = [hash_ for _, hash_ in self.leaves]
            starts = range(0, len(hashes), BLOCK)
            blocks = [block(hashes[at : at + BLOCK]) for at in starts]
            if len(hashes) != period.moves:
                what = f"{period.moves} moves were signed, {len(hashes)} are there"
                self.note([Problem(_place(period), what)])
            elif root(blocks) != period.root:
                what = "the root over its moves is not the one that was signed"
                self.note([Problem(_place(period), what)])
            self.leaves.clear()

    def result(self) -> MonthRead:
        """Return all that was read, and what is wrong with it as a whole."""
        self._seal_until(datetime.max.replace(tzinfo=UTC))
        self.note(self._at_the_end())
        opening = self.opening if self.moves else closing_hash(self.heads, self.sums)
        counts = (self.month, self.entries, self.moves, self.hours)
        closing = closing_hash(self.after_heads, self.after_sums)
        return MonthRead(
            *counts, opening, closing, self.end.get("sha256", ""), tuple(self.problems)
        )

    def _at_the_end(self) -> Iterator[Problem]:
        for account, waiting in self.waiting.items():
            if waiting:
                what = f"follows entry {self.heads.get(account, _NOTHING)[0]}"
                yield Problem(
                    f"{account} entry {min(waiting)}", f"{what}: what was between is gone"
                )
        if self.leaves:
            yield Problem("seal", f"{len(self.leaves)} moves are under no signed hour")
        now = {account: amount for account, amount in self.sums.items() if amount}
        for account in sorted({*self.heads, *self.after_heads, *now, *self.after_sums}):
            ends = self.heads.get(account, now.get(account))
            said = self.after_heads.get(account, self.after_sums.get(account))
            if ends != said:
                yield Problem(
                    account, f"ends with {_shown(ends)}, and the file says {_shown(said)}"
                )
        if not self.month:
            yield Problem("line 1", f"is not the head of a file of the form {FORMAT}")
        if not self.end:
            yield Problem("the file", "has no end: it was cut")
        elif self.end["sha256"] != self.end["is"]:
            yield Problem("the file", "its hash is not that of its lines")
        elif (self.end["entries"], self.end["moves"]) != (self.entries, self.moves):
            yield Problem("the file", "it has not as many moves and entries as its end says")


_NOTHING: Head = (0, 0, 0, "")


def _transfer(told: dict[str, Any]) -> TransferRow:
    entries, lines, hold = told["entries"], told["lines"], told["hold"]
    return TransferRow(
        id=UUID(told["id"]),
        kind=told["kind"],
        hold_id=UUID(hold) if hold else None,
        body=told["body"],
        body_hash=sha256(told["body"].encode()).digest(),
        hold_body=told["hold_body"],
        entry_accounts=[each[0] for each in entries],
        entry_posted=[each[2] for each in entries],
        entry_held=[each[3] for each in entries],
        entry_free=[each[4] - each[5] for each in entries],
        line_accounts=[each[0] for each in lines],
        line_amounts=[each[1] for each in lines],
        resolvers=[UUID(each) for each in told["ends"]],
        in_time=True,
        at_ms=told["at_us"] // 1000,
    )


def _place(period: Period) -> str:
    return f"sealed until {period.until:%Y-%m-%d %H:%M}"


def _shown(had: Head | int | None) -> str:
    if had is None:
        return "nothing"
    return str(had) if isinstance(had, int) else f"entry {had[0]}, {had[1]} posted, {had[2]} held"
