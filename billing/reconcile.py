"""Compares a processor's books with ours: what is missing, on which side, and what differs. Pure.

A thing may be dated a moment before midnight there and a moment after it here; so a day is compared
with what is around it on the other side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from market.value import dataclass

FAILED = ":failed"  # What the ref of a refund that came back ends in.


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of our money at the processor. `ref` names it alike on both sides."""

    ref: str
    kind: str
    amount: int  # Micros: what it adds to what lies there.
    at_s: int


@dataclass(frozen=True, slots=True)
class Difference:
    """`theirs` and `ours` are micros; None: it is not on that side."""

    ref: str
    kind: str
    theirs: int | None
    ours: int | None


def compare(
    theirs: Sequence[Entry], ours: Sequence[Entry], since_s: int, until_s: int
) -> tuple[Difference, ...]:
    """Return what differs between `since_s` and `until_s`, in the order of time."""
    there, here = _by_ref(theirs), _by_ref(ours)
    found: list[tuple[int, Difference]] = []
    for ref, entry in there.items():
        if since_s <= entry.at_s < until_s:
            our = here.get(ref)
            if our is None or our.amount != entry.amount:
                known = our.amount if our is not None else None
                found.append((entry.at_s, Difference(ref, entry.kind, entry.amount, known)))
    for ref, entry in here.items():
        missing = ref not in there and since_s <= entry.at_s < until_s
        if missing and not _came_to_nothing(ref, here):
            found.append((entry.at_s, Difference(ref, entry.kind, None, entry.amount)))
    return tuple(difference for _, difference in sorted(found, key=lambda each: each[0]))


def _by_ref(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return entries by ref; what has one ref twice is one entry of both amounts."""
    found: dict[str, Entry] = {}
    for entry in entries:
        before = found.get(entry.ref)
        amount = entry.amount + (before.amount if before is not None else 0)
        found[entry.ref] = Entry(entry.ref, entry.kind, amount, entry.at_s)
    return found


def _came_to_nothing(ref: str, here: Mapping[str, Entry]) -> bool:
    """Tell whether a refund was taken and put back here, and never reached the processor."""
    first, back = ref.removesuffix(FAILED), f"{ref.removesuffix(FAILED)}{FAILED}"
    return first in here and back in here
