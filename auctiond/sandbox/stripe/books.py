"""The processor's books: every object it ever made, lists of them, and what tells of a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from auctiond.sandbox.stripe import shapes
from auctiond.sandbox.stripe.cards import Card
from auctiond.sandbox.stripe.form import Params, whole
from auctiond.sandbox.stripe.refused import invalid, missing
from auctiond.sandbox.stripe.shapes import Json

OBJECTS_MAX = 200_000  # A sandbox that makes more was forgotten in a loop.
PAGE_MAX = 100
PREFIXES = {
    "customer": "cus",
    "payment_method": "pm",
    "setup_intent": "seti",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "dispute": "du",
    "balance_transaction": "txn",
    "checkout.session": "cs_test",
    "payout": "po",
    "event": "evt",
}
BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda at, bound: at > bound,
    "gte": lambda at, bound: at >= bound,
    "lt": lambda at, bound: at < bound,
    "lte": lambda at, bound: at <= bound,
}


class Books:
    """`tell` hears of every change: the kind of event, and the object as it now is."""

    def __init__(self, now: Callable[[], float], tell: Callable[[str, Json], None]) -> None:
        self._now = now
        self._tell = tell
        self._count = 0
        self.objects: dict[str, Json] = {}
        self.cards: dict[str, Card] = {}  # By payment method: how it behaves.

    def at(self) -> int:
        """Return the processor's time, in Unix seconds."""
        return int(self._now())

    def new_id(self, kind: str) -> str:
        """Return an id of a new object."""
        if len(self.objects) >= OBJECTS_MAX:
            raise invalid("The sandbox is full; DELETE /sandbox empties it", status=503)
        self._count += 1
        return f"{PREFIXES[kind]}_sandbox{self._count:08d}"

    def add(self, made: Json) -> Json:
        """Keep a new object."""
        self.objects[made["id"]] = made
        return made

    def get(self, kind: str, id_: str) -> Json:
        """Return an object of that kind. Raises Refused."""
        found = self.objects.get(id_)
        if found is None or found["object"] != kind:
            raise missing(kind, id_)
        return found

    def tell(self, event: str, changed: Json) -> None:
        """Something happened to an object: say so."""
        self._tell(event, deepcopy(changed))

    def each(self, kind: str) -> Iterator[Json]:
        """Yield the objects of a kind, newest first."""
        return (each for each in reversed(self.objects.values()) if each["object"] == kind)

    def listing(self, kind: str, params: Params) -> Json:
        """Return a page of objects, newest first. Raises Refused."""
        limit = whole(params, "limit")
        limit = 10 if limit is None else limit
        if not 1 <= limit <= PAGE_MAX:
            raise invalid(f"This value must be from 1 to {PAGE_MAX}", "limit")
        found = [each for each in self.each(kind) if _fits(each, params)]
        if after := params.get("starting_after"):
            ids = [each["id"] for each in found]
            if after not in ids:
                raise missing(kind, after)
            found = found[ids.index(after) + 1 :]
        more = len(found) > limit
        url = f"/v1/{kind.replace('.', '/')}s"
        return {"object": "list", "url": url, "has_more": more, "data": found[:limit]}

    def book(self, kind: str, source: str, amount: int, fee: int, category: str) -> str:
        """Note what a thing does to the balance; return the balance transaction's id."""
        id_ = self.new_id("balance_transaction")
        made = shapes.balance_transaction(id_, self.at(), kind, source, amount, fee, category)
        return str(self.add(made)["id"])

    def expanded(self, found: Json, params: Params) -> Json:
        """Return a copy, with objects in place of the ids that `expand` names."""
        copy = deepcopy(found)
        paths = params.get("expand", [])
        for path in paths if isinstance(paths, list) else []:
            self._expand(copy, str(path).split("."))
        return copy

    def _expand(self, into: Any, parts: list[str]) -> None:  # noqa: ANN401
        if isinstance(into, list):
            for each in into:
                self._expand(each, parts)
            return
        if not isinstance(into, dict) or parts[0] not in into:
            raise invalid(f"This property cannot be expanded ({parts[0]})", "expand")
        inner = into[parts[0]]
        if isinstance(inner, str) and inner in self.objects:
            into[parts[0]] = inner = deepcopy(self.objects[inner])
        if parts[1:] and inner is not None:
            self._expand(inner, parts[1:])


def _fits(found: Json, params: Params) -> bool:
    for name in ("customer", "payment_intent", "charge", "type", "source", "status", "currency"):
        if name in params and found.get(name) != params[name]:
            return False
    created = params.get("created", {})
    if isinstance(created, str):
        created = {"gte": created, "lte": created}
    for name in created:
        if name not in BOUNDS:
            raise invalid(f"Received unknown parameter: created[{name}]", "created")
        bound = whole(created, name)
        if bound is not None and not BOUNDS[name](found["created"], bound):
            return False
    return True
