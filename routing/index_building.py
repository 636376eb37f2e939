"""Build the index of a tier, or bring the former one up to a new version. Pure.

A new version is a copy that shares every bitmap, and every table, of which no target changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from pyroaring import BitMap

from market.bids import TargetId
from routing.index_keys import NOT, Key, Plan, Stand, Table, plan_for, stand_of
from routing.rule_tree import Atom, OneOf
from routing.target_index import NONE, Ask, Part, Payer, TargetIndex

if TYPE_CHECKING:
    from routing.snapshot import Candidate

# Targets. The index is quicker from 16 on (python -m bench targeting); but where each is looked at,
# the call's record has a reason for each, and so far that takes no more than 0.3 ms.
INDEX_LEAST = 256
CHANGED_MOST = 0.25  # Of the targets; with more a new index is made.
Sets = Mapping[Key, BitMap]
Tables = Mapping[Table, Mapping[str, BitMap]]


def build_index(
    candidates: Sequence[Candidate], former: TargetIndex | None = None, least: int = INDEX_LEAST
) -> TargetIndex | None:
    """Return the index of a tier, or None where it has fewer than `least` targets.

    `former` is an index of an earlier version: what stayed the same (the very same candidates) is
    shared with it.
    """
    if len(candidates) < least:
        return None
    changed = None if former is None else _follow(candidates, former)
    return _fresh(candidates) if changed is None else changed


@dataclass(slots=True)
class _Numbers:
    """Numbers by where they stand, while they are gathered."""

    sets: dict[Key, list[int]] = field(default_factory=dict)
    tables: dict[Table, dict[str, list[int]]] = field(default_factory=dict)

    def add(self, number: int, stand: Stand) -> None:
        for key in stand.keys:
            self.sets.setdefault(key, []).append(number)
        for table, values in stand.values:
            numbers = self.tables.setdefault(table, {})
            for value in values:
                if value in numbers:
                    numbers[value].append(number)
                else:
                    numbers[value] = [number]


def _fresh(candidates: Sequence[Candidate]) -> TargetIndex:
    plan, stands = plan_for(candidates), _Numbers()
    for number, candidate in enumerate(candidates):
        stands.add(number, stand_of(candidate, plan))
    numbers = {candidate.target.id: number for number, candidate in enumerate(candidates)}
    return _index(candidates, numbers, None, plan, *_changed({}, {}, _Numbers(), stands))


def _follow(candidates: Sequence[Candidate], former: TargetIndex) -> TargetIndex | None:
    """Return `former` brought up to `candidates`, or None when too much has changed."""
    members, numbers, plan = list(former.members), dict[TargetId, int](), former.plan
    places = [-1] * len(members)
    out, into, changes = _Numbers(), _Numbers(), 0
    for place, candidate in enumerate(candidates):
        number = former.numbers.get(candidate.target.id)
        if number is None:
            number = len(members)
            members.append(candidate)
            places.append(place)
        elif members[number] is not candidate:
            out.add(number, stand_of(members[number], plan))
            members[number] = candidate
        places[number] = place
        numbers[candidate.target.id] = number
        if number >= len(former.members) or former.members[number] is not candidate:
            changes += 1
            into.add(number, stand_of(candidate, plan))
    for id_, number in former.numbers.items():
        if id_ not in numbers:
            out.add(number, stand_of(members[number], plan))
    if changes + len(members) - len(candidates) > CHANGED_MOST * len(members):
        return None
    sets, tables = _changed(former.sets, former.tables, out, into)
    return _index(members, numbers, places, plan, sets, tables)


def _changed(sets: Sets, tables: Tables, out: _Numbers, into: _Numbers) -> tuple[Sets, Tables]:
    """Return both with some numbers out and others in; what stays the same is shared."""
    changed = dict(tables)
    for table in {**out.tables, **into.tables}:
        gone, come = out.tables.get(table, {}), into.tables.get(table, {})
        changed[table] = _joined(tables.get(table, {}), gone, come)
    return _joined(sets, out.sets, into.sets), {key: one for key, one in changed.items() if one}


def _joined(sets: Mapping, out: Mapping, into: Mapping) -> dict:  # type: ignore[type-arg]
    found = dict(sets)
    for key in {**out, **into}:
        numbers = (found.get(key, NONE) - BitMap(out.get(key, ()))) | BitMap(into.get(key, ()))
        if numbers:
            found[key] = numbers
        else:
            found.pop(key, None)
    return found


def _index(
    members: Sequence[Candidate],
    numbers: Mapping[TargetId, int],
    places: list[int] | None,
    plan: Plan,
    sets: Sets,
    tables: Tables,
) -> TargetIndex:
    live = () if places is None else [place for place in places if place >= 0]
    in_order = all(one < other for one, other in pairwise(live))
    kinds: dict[object, list[Key]] = {}
    for key in sets:
        kinds.setdefault(key[0], []).append(key)
    return TargetIndex(
        members=members,
        targets=[one.target for one in members],
        numbers=numbers,
        places=None if in_order else places,
        plan=plan,
        sets=sets,
        tables=tables,
        every=BitMap(numbers.values()) - sets.get(("paused",), NONE),
        asks=_asks(kinds, sets, tables),
        needs=_named(kinds, "needs", sets),
        lacks=_named(kinds, "lacks", sets),
        hours=tuple((key, sets[key]) for key in kinds.get("hours", ())),
        one_by_one=sets.get(("unsure",), NONE),
        tight=sets.get(("tight",), NONE),
        payers=_payers(members, dict(_named(kinds, "buyer", sets))),
    )


def _payers(members: Sequence[Candidate], sets: Mapping[str, BitMap]) -> dict[str, Payer]:
    found = {}
    for buyer, who in sets.items():
        most = max(members[number].least for number in who)
        found[buyer] = Payer(who, members[who[0]].buyer.credit, most)
    return found


def _named(
    kinds: Mapping[object, list[Key]], kind: str, sets: Sets
) -> tuple[tuple[str, BitMap], ...]:
    return tuple((cast("str", key[1]), sets[key]) for key in kinds.get(kind, ()))


def _asks(kinds: Mapping[object, list[Key]], sets: Sets, tables: Tables) -> tuple[Ask, ...]:
    parts: dict[str, dict[str, _Parts]] = {}
    for (slot, name, length), table in tables.items():
        _part(parts, slot, name).tables.append((length, table))
    for key in kinds.get("tried", ()):
        slot, atom = cast("str", key[1]), cast("Atom", key[2])
        part = _part(parts, slot, atom.field)
        if isinstance(atom, OneOf) and not atom.negated and not atom.values.prefixes:
            part.lists.append((atom.values.whole, sets[key]))
        else:
            part.tried.append((atom, sets[key]))
    return tuple(
        Ask(
            who,
            slot.startswith(NOT),
            tuple(
                Part(name, tuple(one.tables), tuple(one.lists), tuple(one.tried))
                for name, one in parts[slot].items()
            ),
        )
        for slot, who in _named(kinds, "slot", sets)
    )


@dataclass(slots=True)
class _Parts:
    """A part of a slot, while it is gathered."""

    tables: list[tuple[int, Mapping[str, BitMap]]] = field(default_factory=list)
    lists: list[tuple[frozenset[str], BitMap]] = field(default_factory=list)
    tried: list[tuple[Atom, BitMap]] = field(default_factory=list)


def _part(parts: dict[str, dict[str, _Parts]], slot: str, name: str) -> _Parts:
    return parts.setdefault(slot, {}).setdefault(name, _Parts())
