"""A target's rules as clauses, for the index: all must hold, and of each any atom. Pure.

A tree has no `not` (routing/rule_tree.py), so this is distributing `or` over `and`. Rules that
would grow too much by that are left to be asked one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from routing.filters import Rule
from routing.rule_tree import AllOf, AnyOf, Atom, Tree

Clause = tuple[Atom, ...]
CLAUSES_MOST = 16  # Of one target. Rules of people have two or three.


def clauses_of(rules: Iterable[Rule]) -> tuple[Clause, ...] | None:
    """Return the clauses of all `rules` together, or None when they are too many."""
    found: list[Clause] = []
    for rule in rules:
        clauses = _clauses(rule.tree)
        if clauses is None or len(found) + len(clauses) > CLAUSES_MOST:
            return None
        found += clauses
    return tuple(found)


def _clauses(tree: Tree) -> list[Clause] | None:
    if isinstance(tree, AllOf | AnyOf):
        parts = [_clauses(part) for part in tree.parts]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return _all(known) if isinstance(tree, AllOf) else _any(known)
    return [(tree,)]


def _all(parts: list[list[Clause]]) -> list[Clause] | None:
    found = [clause for part in parts for clause in part]
    return found if len(found) <= CLAUSES_MOST else None


def _any(parts: list[list[Clause]]) -> list[Clause] | None:
    """Return the clauses of an `or`: one for each way to take a clause of every part."""
    count = 1
    for part in parts:
        count *= len(part)
        if count > CLAUSES_MOST:
            return None
    joined = (sum(chosen, ()) for chosen in product(*parts))
    return [tuple(dict.fromkeys(clause)) for clause in joined]
