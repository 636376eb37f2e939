"""The seal file: what the ledger looked like at a time, kept where the database is not. Pure.

A chain shows that something in the middle was changed; only a note outside shows that its end
was cut, or that all of it was written anew. One JSON object a line, each with the hash of the
line before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import orjson

from ledger.verify import Problem

Heads = Mapping[str, tuple[int, str]]  # Account -> (seq, hash) of its newest entry.


@dataclass(frozen=True, slots=True)
class Seals:
    """All that was ever sealed. `last` is the hash of the last line, `at` its time."""

    heads: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    transfers: Mapping[str, int] = field(default_factory=dict)  # Month -> the most that there were.
    last: str = ""
    at: datetime | None = None
    lines: int = 0
    problems: tuple[Problem, ...] = ()


def seal_line(at: datetime, heads: Heads, transfers: Mapping[str, int], last: str) -> bytes:
    """Return the next line of the file, with its newline."""
    found = {"at": at, "heads": heads, "transfers": transfers, "prev": last}
    return orjson.dumps(found) + b"\n"


def line_hash(line: bytes) -> str:
    """Return what the next line says of this one."""
    return sha256(line.rstrip(b"\n")).hexdigest()


def read_seals(lines: Iterable[bytes]) -> Seals:
    """Return what a seal file says; what is wrong with the file itself is in `problems`."""
    heads: defaultdict[str, dict[int, str]] = defaultdict(dict)
    transfers: dict[str, int] = {}
    problems: list[Problem] = []
    last, at, number = "", None, 0
    for number, line in enumerate(lines, start=1):
        try:
            found = orjson.loads(line)
            at = datetime.fromisoformat(found["at"])
            if found["prev"] != last:
                problems.append(
                    Problem(f"seal {number}", "the line before was changed, or is gone")
                )
            for account, (seq, hash_) in found["heads"].items():
                if heads[account].setdefault(seq, hash_) != hash_:
                    problems.append(Problem(f"seal {number}", f"{account} {seq} was sealed before"))
            for month, count in found["transfers"].items():
                transfers[month] = max(count, transfers.get(month, 0))
        except (ValueError, KeyError, TypeError):
            problems.append(Problem(f"seal {number}", "the line is no seal"))
        last = line_hash(line)
    return Seals(dict(heads), transfers, last, at, number, tuple(problems))


def count_problems(seals: Seals, counts: Mapping[str, int]) -> Iterable[Problem]:
    """Yield the months that have fewer moves than were sealed."""
    for month, sealed in seals.transfers.items():
        if counts.get(month, 0) < sealed:
            yield Problem(
                f"month {month}", f"{sealed} moves were sealed, {counts.get(month, 0)} are left"
            )
