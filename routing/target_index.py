"""The targets of a large tier by what they ask of a call, as compressed bitmaps. Pure.

An inverted file (routing/index_keys.py): a call's facts choose a few bitmaps, and joining those
takes about as long for a hundred thousand targets as for a thousand. Rules as clauses whose atoms
are postings: after Whang et al., Indexing Boolean Expressions (VLDB 2009); but not their counting,
which is made for C: in Python what C does with whole bitmaps wins (`python -m bench targeting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyroaring import BitMap

from market.bids import TargetId
from market.network import Target
from routing.index_keys import WHOLE, Key, Plan, Table
from routing.rule_tree import Atom, Facts

if TYPE_CHECKING:
    from routing.snapshot import Candidate

NONE = BitMap()
MEMO_MOST = 256  # Answers of a slot that are kept: of 100,000 targets, at most 3 MB.


@dataclass(frozen=True, slots=True)
class Part:
    """What a slot asks of one field. What a value finds is kept: most fields have few values."""

    name: str  # Of the field.
    tables: tuple[tuple[int, Mapping[str, BitMap]], ...]  # By length, as in Table.
    lists: tuple[tuple[frozenset[str], BitMap], ...]  # Long ones that many share.
    tried: tuple[tuple[Atom, BitMap], ...]
    memo: dict[str, BitMap] = field(default_factory=dict)

    def found(self, facts: Facts) -> BitMap:
        """Return who is found by what `facts` have for the field."""
        value = facts.get(self.name, "")
        found = self.memo.get(value)
        if found is None:
            found = self._find(value, facts)
            if len(self.memo) < MEMO_MOST:
                self.memo[value] = found
        return found

    def _find(self, value: str, facts: Facts) -> BitMap:
        found = [who for atom, who in self.tried if atom.holds(facts)]
        if value:
            for length, table in self.tables:
                who = table.get(value if length == WHOLE else value[:length])
                if who is not None:
                    found.append(who)
            found += [who for whole, who in self.lists if value in whole]
        if not found:
            return NONE
        return found[0] if len(found) == 1 else BitMap.union(*found)


@dataclass(frozen=True, slots=True)
class Ask:
    """A slot: who has a clause in it, and whom of them the facts of a call serve."""

    members: BitMap
    negated: bool  # Who is found is refused.
    parts: tuple[Part, ...]
    memo: dict[str, BitMap] = field(default_factory=dict)  # By the value, where it is one field.

    def refused(self, facts: Facts) -> BitMap | None:
        """Return who may not have a call with `facts` for a clause of this slot, if it is kept."""
        if len(self.parts) > 1:
            return None
        part = self.parts[0]
        value = facts.get(part.name, "")
        refused = self.memo.get(value)
        if refused is None and len(self.memo) < MEMO_MOST:
            refused = self.memo[value] = self.members - self.served(self.members, facts)
        return refused

    def served(self, among: BitMap, facts: Facts) -> BitMap:
        """Return those of `among` that the slot does not refuse."""
        parts = self.parts
        if len(parts) == 1:
            found = parts[0].found(facts)
        else:
            found = BitMap.union(*[part.found(facts) for part in parts])
        if self.negated and facts.get(parts[0].name):
            return among - found
        return (among - self.members) | (among & found)


@dataclass(frozen=True, slots=True)
class Payer:
    targets: BitMap
    credit: int
    most: int  # Of the least that its targets could pay.


@dataclass(frozen=True, slots=True)
class TargetIndex:
    """A target's number stays its own through all versions; `places` say its routing order."""

    members: Sequence[Candidate]  # By number; those that were removed still have theirs.
    targets: Sequence[Target]  # By number.
    numbers: Mapping[TargetId, int]
    places: Sequence[int] | None  # By number; None: numbers are in routing order.
    plan: Plan
    sets: Mapping[Key, BitMap]
    tables: Mapping[Table, Mapping[str, BitMap]]
    every: BitMap  # But for the paused ones.
    asks: tuple[Ask, ...]
    needs: tuple[tuple[str, BitMap], ...]
    lacks: tuple[tuple[str, BitMap], ...]
    hours: tuple[tuple[Key, BitMap], ...]
    one_by_one: BitMap  # Whose rules or hours are not all in the index.
    tight: BitMap  # Who has a cap that is too small for a single call.
    payers: Mapping[str, Payer]  # By buyer.

    def matches(self, facts: Facts, among: BitMap) -> BitMap:
        """Return those `among` whose rules in the index hold for `facts`."""
        refused = [who for name, who in self.needs if not facts.get(name)]
        refused += [who for name, who in self.lacks if facts.get(name)]
        later = []
        for ask in self.asks:
            who = ask.refused(facts)
            if who is None:
                later.append(ask)
            else:
                refused.append(who)
        refused.sort(key=len, reverse=True)  # What is left gets small soon.
        found = among
        for who in refused:
            found = found - who  # Not in place: that is slower.
        for ask in later:
            found = ask.served(found, facts)
        return found

    def refuses(self, number: int, account: str, left: int) -> bool:
        """Tell whether a target may not have a call for the `left` on one of its accounts."""
        member = self.members[number]
        for cap in member.caps:
            needed = 1 if cap.amount_kind == "one" else member.least
            if left + cap.limit < needed and account.startswith(cap.account):
                return True
        return False

    def comes_before(self, number: int, other: int) -> bool:
        """Tell whether `number` is asked before `other`."""
        places = self.places
        return number < other if places is None else places[number] < places[other]

    def in_order(self, numbers: BitMap) -> Sequence[int]:
        """Return `numbers` in routing order."""
        found = numbers.to_array()
        return found if self.places is None else sorted(found, key=self.places.__getitem__)
