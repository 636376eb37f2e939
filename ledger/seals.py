"""The seal file: what the ledger looked like at a time, kept where the database is not. Pure.

A chain shows that something in the middle was changed; only a note outside shows that its end
was cut, or that all of it was written anew. One JSON object a line, each with the hash of the
line before: every minute the newest entries of accounts that changed, every hour a signed root
over all moves (ledger/merkle.py), and the files of months (ledger/month_file.py). That the end of
this file was cut, the database shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from ledger.merkle import Period, is_signed, read_period
from ledger.verify import Problem

Heads = Mapping[str, tuple[int, str]]  # Account -> (seq, hash) of its newest entry.


@dataclass(frozen=True, slots=True)
class Seals:
    """All that was ever sealed. `last` is the hash of the last line, `at` its time."""

    heads: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    transfers: Mapping[str, int] = field(default_factory=dict)  # Month -> the most that there were.
    last: str = ""
    at: datetime | None = None
    hashes: tuple[str, ...] = ()  # Of each line.
    periods: tuple[Period, ...] = ()  # In order, without a gap.
    signed: tuple[Mapping[str, Any], ...] = ()  # The same, as they were signed.
    months: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # File -> (month, closing).
    keys: tuple[str, ...] = ()  # By which they are signed: one, unless it was changed.
    problems: tuple[Problem, ...] = ()

    @property
    def lines(self) -> int:
        return len(self.hashes)

    @property
    def until(self) -> datetime | None:
        """Until when all moves are under a signed root."""
        return self.periods[-1].until if self.periods else None


def seal_line(at: datetime, heads: Heads, transfers: Mapping[str, int], last: str) -> bytes:
    """Return the next line of the file, with its newline."""
    found = {"at": at, "heads": heads, "transfers": transfers, "prev": last}
    return orjson.dumps(found) + b"\n"


def hour_line(at: datetime, told: Mapping[str, object], last: str) -> bytes:
    """Return the next line of the file: `told` is a signed period."""
    return orjson.dumps({"at": at, "hour": told, "prev": last}) + b"\n"


def month_line(at: datetime, month: str, sha256: str, closing: str, last: str) -> bytes:
    """Return the next line of the file: which file has a month, and what the month ended with."""
    told = {"month": month, "sha256": sha256, "closing": closing}
    return orjson.dumps({"at": at, "month": told, "prev": last}) + b"\n"


def line_hash(line: bytes) -> str:
    """Return what the next line says of this one."""
    return sha256(line.rstrip(b"\n")).hexdigest()


def read_seals(lines: Iterable[bytes]) -> Seals:
    """Return what a seal file says; what is wrong with the file itself is in `problems`."""
    reading = _Reading()
    for number, line in enumerate(lines, start=1):
        try:
            reading.problems += [Problem(f"seal {number}", what) for what in reading.read(line)]
        except (ValueError, KeyError, TypeError, AttributeError):
            reading.problems.append(Problem(f"seal {number}", "the line is no seal"))
        reading.hashes.append(line_hash(line))
    return reading.seals()


@dataclass(slots=True)
class _Reading:
    heads: defaultdict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    transfers: dict[str, int] = field(default_factory=dict)
    hashes: list[str] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    signed: list[Mapping[str, Any]] = field(default_factory=list)
    months: dict[str, tuple[str, str]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    at: datetime | None = None

    def read(self, line: bytes) -> Iterator[str]:
        """Take in a line; yield what is wrong with it."""
        found = orjson.loads(line)
        self.at = datetime.fromisoformat(found["at"])
        if found["prev"] != (self.hashes[-1] if self.hashes else ""):
            yield "the line before was changed, or is gone"
        if "hour" in found:
            yield from self._read_hour(found["hour"])
            return
        if "month" in found:
            told = found["month"]
            self.months[told["sha256"]] = (told["month"], told["closing"])
            return
        for account, (seq, hash_) in found["heads"].items():
            if self.heads[account].setdefault(seq, hash_) != hash_:
                yield f"{account} {seq} was sealed before"
        for month, count in found["transfers"].items():
            self.transfers[month] = max(count, self.transfers.get(month, 0))

    def _read_hour(self, told: dict[str, Any]) -> Iterator[str]:
        period = read_period(told)
        if not is_signed(told):
            yield "its signature is not that of its key"
        if told["key"] not in self.keys:
            self.keys.append(told["key"])
            if len(self.keys) > 1:
                yield "it is signed with another key than those before"
        if self.periods and self.periods[-1].until != period.since:
            yield "it does not begin where the one before ended"
        self.periods.append(period)
        self.signed.append(told)

    def seals(self) -> Seals:
        """Return all that was read."""
        last = self.hashes[-1] if self.hashes else ""
        return Seals(
            heads=dict(self.heads),
            transfers=self.transfers,
            last=last,
            at=self.at,
            hashes=tuple(self.hashes),
            periods=tuple(self.periods),
            signed=tuple(self.signed),
            months=self.months,
            keys=tuple(self.keys),
            problems=tuple(self.problems),
        )


def file_problems(seals: Seals, noted: int, noted_hash: str) -> Iterator[Problem]:
    """Yield that the file is not what the database noted of its line `noted`."""
    if noted > seals.lines:
        yield Problem(
            "seal file", f"{noted} lines were written, {seals.lines} are left: its end is cut"
        )
    elif noted and seals.hashes[noted - 1] != noted_hash:
        yield Problem("seal file", f"its line {noted} is not the one that was written")


def period_problems(period: Period, moves: int, root_now: bytes) -> Iterator[Problem]:
    """Yield that the moves of a sealed period are not those that were signed."""
    place = f"sealed until {period.until:%Y-%m-%d %H:%M}"
    if moves != period.moves:
        yield Problem(place, f"{period.moves} moves were signed, {moves} are there")
    elif root_now != period.root:
        yield Problem(place, "the root over its moves is not the one that was signed")


def count_problems(
    seals: Seals, counts: Mapping[str, int], kept_from: str = ""
) -> Iterable[Problem]:
    """Yield the months that have fewer moves than were sealed, of those that are kept."""
    for month, sealed in seals.transfers.items():
        if month >= kept_from and counts.get(month, 0) < sealed:
            yield Problem(
                f"month {month}", f"{sealed} moves were sealed, {counts.get(month, 0)} are left"
            )


def month_problems(seals: Seals, files: Mapping[str, tuple[str, str]]) -> Iterator[Problem]:
    """Yield the files of months (sha256: month, closing) that are not as they were sealed."""
    for file, told in seals.months.items():
        if files.get(file) != told:
            yield Problem(f"month {told[0]}", "its file is not the one that was sealed")
