"""What changes between two networks, for a person to read before applying. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from market.network import Network
from routing.network_writing import Document, document_of

CALLERS = "blocked_callers"  # Diffs end up in terminals and tickets: no caller's number does.
ADDRESSES = "emails"  # They are people's too.
CALLER_SHOWN_MOST = 6  # Characters: a prefix is no number yet.
KEY_OF = {
    "campaign": "id",
    "publisher": "id",
    "number": "number",
    "buyer": "id",
    "target": "id",
    "list": "id",
    "holidays": "id",
    "rtb": "id",
    "flow": "id",
    "webhook": "id",
}
SHOWN_MOST = 300  # Characters of a value that a change shows: a list may hold all zips.


@dataclass(frozen=True, slots=True)
class Change:
    kind: Literal["added", "removed", "changed"]
    what: str  # "target acme-tx", or "network" for its own keys.
    key: str = ""  # Of what changed: "hours.mon". "" when all of it came or went.
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        if not self.key:
            return f"{self.kind} {self.what}"
        return f"{self.kind} {self.what}: {self.key} {_cut(self.old)} -> {_cut(self.new)}"


def diff(old: Network, new: Network) -> list[Change]:
    """Return the changes from `old` to `new`; the order of blocks in the file is none."""
    before, after = document_of(old, defaults=True), document_of(new, defaults=True)
    changes = list(_changed("network", _own(before), _own(after)))
    for table, key in KEY_OF.items():
        changes += _between(table, _by_id(before, table, key), _by_id(after, table, key))
    return changes


def _cut(value: str) -> str:
    if len(value) > SHOWN_MOST:
        return f"{value[:SHOWN_MOST]}... ({len(value)} characters)"
    return value or "-"


def _own(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in KEY_OF}


def _by_id(document: Document, table: str, key: str) -> dict[str, Document]:
    return {one[key]: one for one in document.get(table, ())}


def _between(
    table: str, before: dict[str, Document], after: dict[str, Document]
) -> Iterator[Change]:
    for id_ in sorted({*before, *after}):
        what = f"{table} {id_}"
        if id_ not in after:
            yield Change("removed", what)
        elif id_ not in before:
            yield Change("added", what)
        else:
            yield from _changed(what, before[id_], after[id_])


def _changed(what: str, before: Document, after: Document) -> Iterator[Change]:
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    for key in {**old, **new}:
        was, is_ = old.get(key, ""), new.get(key, "")
        if was != is_ and key == CALLERS:
            yield Change("changed", what, key, *_callers(was, is_))
        elif was != is_ and key == ADDRESSES:
            yield Change("changed", what, key, _count(was), _count(is_))
        elif was != is_:
            yield Change("changed", what, key, was, is_)


def _callers(was: str, is_: str) -> tuple[str, str]:
    """Return how many callers were blocked, and how many and which are; numbers cut short."""
    old, new = set(was.split(", ")) - {""}, set(is_.split(", ")) - {""}
    gone = [f"without {_masked(one)}" for one in sorted(old - new)]
    come = [f"with {_masked(one)}" for one in sorted(new - old)]
    return f"{len(old)} of them", f"{len(new)} of them: {', '.join(gone + come) or 'another order'}"


def _count(addresses: str) -> str:
    return f"{len(addresses.split(', '))} of them" if addresses else ""


def _masked(caller: str) -> str:
    return caller if len(caller) <= CALLER_SHOWN_MOST else f"{caller[:5]}...{caller[-2:]}"


def _flat(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield the keys of a document, each with its path, and their values as text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{index}]")
    elif isinstance(value, list):
        yield path, ", ".join(map(str, value))
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    else:
        yield path, str(value)
