"""Bid modifiers, compiled and applied: ordered steps from a price to what it becomes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from market.money import Micros
from market.network import ValueList
from market.pricing import ONE, Action, Modifier
from routing.condition_compiling import compile_condition
from routing.rule_tree import Facts, Tree, Values


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each value of a list is worth; of prefixes, the longest counts."""

    whole: Mapping[str, int]
    prefixes: Mapping[str, int]
    lengths: tuple[int, ...]  # Of the prefixes, longest first.

    def of(self, value: str) -> int | None:
        """Return the amount of `value`, or None."""
        if (amount := self.whole.get(value)) is not None:
            return amount
        found = (self.prefixes.get(value[:length]) for length in self.lengths)
        return next((amount for amount in found if amount is not None), None)


@dataclass(frozen=True, slots=True)
class Step:
    """A modifier, compiled."""

    action: Action
    amount: int | None
    tree: Tree | None
    field: str
    listed: Values | None
    amounts: Amounts | None

    def taken(self, facts: Facts) -> bool:
        """Tell whether it is for a call of these facts; what is unknown is not."""
        if self.tree is not None and not self.tree.holds(facts):
            return False
        if self.listed is None:
            return True
        value = facts.get(self.field, "")
        return bool(value) and value in self.listed

    def amount_of(self, facts: Facts) -> int:
        """Return by how much it goes for a call of these facts that it is for."""
        own = self.amounts.of(facts[self.field]) if self.amounts is not None else None
        amount = self.amount if own is None else own
        assert amount is not None, "reading refuses a list with values that have no amount"
        return amount


def compile_modifiers(
    modifiers: Iterable[Modifier],
    lists: Mapping[str, ValueList],
    values: Mapping[str, Values],
) -> tuple[Step, ...]:
    """Return `modifiers` ready for use; `values` are the lists, compiled."""
    return tuple(
        Step(
            one.action,
            one.amount,
            compile_condition(one.condition, values) if one.condition is not None else None,
            one.field,
            values[one.list] if one.list else None,
            _amounts(lists[one.list].amounts) if one.list else None,
        )
        for one in modifiers
    )


def rejects(steps: tuple[Step, ...], facts: Facts) -> bool:
    """Tell whether any step refuses a call of these facts, whatever its price."""
    return any(step.action == "reject" and step.taken(facts) for step in steps)


def adjust(price: int, steps: tuple[Step, ...], facts: Facts, most: int) -> Micros | None:
    """Return what `price` becomes, step by step, and then 0 to `most`; None: rejected.

    Only the end is bounded: on the way it may be over `most`, or under nothing.
    """
    for step in steps:
        if not step.taken(facts):
            continue
        match step.action:
            case "add":
                price += step.amount_of(facts)
            case "multiply":
                price = price * step.amount_of(facts) // ONE
            case "override":
                price = step.amount_of(facts)
            case "reject":
                return None
    return Micros(max(0, min(price, most)))


def millionths(text: str) -> int:
    """Return a number of a network file in millionths; more digits are dropped."""
    return int(Decimal(text) * ONE)


def _amounts(amounts: Mapping[str, str]) -> Amounts | None:
    if not amounts:
        return None
    found = {value: millionths(text) for value, text in amounts.items()}
    prefixes = {value[:-1]: amount for value, amount in found.items() if value.endswith("*")}
    whole = {value: amount for value, amount in found.items() if not value.endswith("*")}
    lengths = tuple(sorted({len(prefix) for prefix in prefixes}, reverse=True))
    return Amounts(whole, prefixes, lengths)
