"""Where a target stands in the index: under keys, and in tables by the values it names. Pure.

The index is an inverted file: for each key, and for each value of each table, the set of targets
that stand there. Where a target stands depends on nothing but the target and the plan, so a
changed one is taken out where it stood and put where it stands now, and all else stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routing.clauses import Clause, clauses_of
from routing.rule_tree import Atom, Known, OneOf, Values

if TYPE_CHECKING:
    from routing.snapshot import Candidate

# A key is a tuple: its kind first.
#   buyer, ID              is paid for by
#   paused                 by the network
#   tight                  has a cap that is too small for a single call
#   hours, SCHEDULE, ZONE  has these hours
#   unsure                 its rules, or its hours, are asked of it alone
#   needs, FIELD           the field must be known
#   lacks, FIELD           the field must be unknown
#   slot, SLOT             has a clause in the slot
#   tried, SLOT, ATOM      of that clause, this atom is asked for all who have it
Key = tuple[object, ...]
Slot = str  # "in zip 1": the first clause of a target that is about its zip alone.
Table = tuple[Slot, str, int]  # Of a slot, the values of a field: whole ones, or of a length.

NOT = "not "  # How the slots of clauses begin that refuse values.
WHOLE = -1  # No length of a prefix.
LIST_LEAST = 64  # A list of so many values that targets share is looked into once for all.
TRIED_MOST = 128  # Atoms that are asked of each call, at most: 0.2 us each.
GIVEN = Values(frozenset({"Y"}), frozenset(), ())
HOURS_MOST = 512  # Different hours that are looked at each minute, at most: 2 us each.


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked once for all targets; found when the index is built, and kept."""

    tried: frozenset[Atom]
    lists: frozenset[Values]
    hours: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one target stands."""

    keys: list[Key] = field(default_factory=list)
    values: list[tuple[Table, Collection[str]]] = field(default_factory=list)


def plan_for(candidates: Iterable[Candidate]) -> Plan:
    """Return what many of `candidates` share, the most common first where there is no room."""
    atoms: Counter[Atom] = Counter()
    lists: Counter[Values] = Counter()
    hours: Counter[Key] = Counter()
    for candidate in candidates:
        if candidate.schedule is not None:
            hours[_hours(candidate)] += 1
        for clause in clauses_of(candidate.rules) or ():
            for atom in clause:
                if not _is_plain(atom, clause):
                    atoms[atom] += 1
                elif isinstance(atom, OneOf) and len(atom.values.whole) >= LIST_LEAST:
                    lists[atom.values] += 1
    shared = [values for values, count in lists.most_common(TRIED_MOST) if count > 1]
    return Plan(
        frozenset(atom for atom, _ in atoms.most_common(TRIED_MOST)),
        frozenset(shared),
        frozenset(key for key, _ in hours.most_common(HOURS_MOST)),
    )


def stand_of(candidate: Candidate, plan: Plan) -> Stand:
    """Return where `candidate` stands."""
    least, stand = candidate.least, Stand()
    stand.keys.append(("buyer", candidate.buyer.id))
    if candidate.target.paused or candidate.buyer.paused:
        stand.keys.append(("paused",))
    if any(cap.limit < (1 if cap.amount_kind == "one" else least) for cap in candidate.caps):
        stand.keys.append(("tight",))
    if candidate.schedule is not None:
        hours = _hours(candidate)
        stand.keys.append(hours if hours in plan.hours else ("unsure",))
    stand.keys.extend(("needs", name) for name in candidate.target.required)
    clauses = clauses_of(candidate.rules)
    taken: dict[str, int] = {}
    consents = tuple((OneOf(f"consent.{name}", GIVEN),) for name in candidate.target.consent)
    for clause in (*consents, *(clauses or ())):
        _put(stand, clause, plan, taken)
    if clauses is None or any(step.action == "reject" for step in candidate.steps):
        stand.keys.append(("unsure",))
    return stand


def _hours(candidate: Candidate) -> Key:
    return ("hours", candidate.schedule, candidate.zone)


def _is_plain(atom: Atom, clause: Clause) -> bool:
    """Tell whether the atom's values can stand in tables. A negated one only if it is alone: of
    two in one clause, one that fails says nothing of the other.
    """
    return isinstance(atom, OneOf) and not (atom.negated and len(clause) > 1)


def _put(stand: Stand, clause: Clause, plan: Plan, taken: dict[str, int]) -> None:
    first = clause[0]
    if len(clause) == 1 and isinstance(first, Known):
        stand.keys.append(("lacks" if first.negated else "needs", first.field))
        return
    if not all(_is_plain(atom, clause) or atom in plan.tried for atom in clause):
        stand.keys.append(("unsure",))
        return
    slot = _slot(clause, taken)
    stand.keys.append(("slot", slot))
    for atom in clause:
        if isinstance(atom, OneOf) and _is_plain(atom, clause) and atom.values not in plan.lists:
            stand.values.extend(_tables(slot, atom))
        elif isinstance(atom, OneOf) and _is_plain(atom, clause):
            stand.keys.append(("tried", slot, OneOf(atom.field, atom.values)))
        else:
            stand.keys.append(("tried", slot, atom))


def _slot(clause: Clause, taken: dict[str, int]) -> Slot:
    """Return the slot of a clause: those about one field share one, so that few are looked at."""
    first = clause[0]
    if len(clause) == 1:
        negated = isinstance(first, OneOf) and first.negated
        kind = f"{NOT}{first.field}" if negated else f"in {first.field}"
    else:
        fields = {atom.field for atom in clause}
        kind = f"in {first.field}" if len(fields) == 1 else "or"
    number = taken[kind] = taken.get(kind, 0) + 1
    return f"{kind} {number}"


def _tables(slot: Slot, atom: OneOf) -> Iterator[tuple[Table, Collection[str]]]:
    values = atom.values
    if values.whole:
        yield (slot, atom.field, WHOLE), values.whole
    for length in values.lengths:
        yield (
            (slot, atom.field, length),
            [one for one in values.prefixes if len(one) == length],
        )
