"""Targets of another system as a network of ours: priorities become tiers. Pure.

What cannot be taken over is told in a note: a person sees to it before the network is applied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from market.bids import BuyerId, TargetId
from market.network import Buyer, Campaign, Network, Target, Tier
from routing.import_reading import Found, read_row
from routing.import_rows import ImportFault, Row
from routing.import_vendors import Vendor, Weights, shares

IMPORTED = "imported"  # The id of the campaign, until a person gives it one.
NOT_IN_IDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Imported:
    network: Network
    notes: tuple[str, ...]


def import_targets(rows: list[Row], vendor: Vendor, weights: Weights | None) -> Imported:
    """Return the targets of `rows` as a network. Raises ImportFault with all that is wrong."""
    kind = weights or vendor.weights
    problems: list[str] = []
    notes: list[str] = []
    found = [read_row(row, vendor, problems, notes) for row in rows]
    some = {one.weight for one in found if one.weight}
    if kind is None and len(some) > 1:
        problems.append(
            f"{vendor.name} says both that a weight is a share of the calls and that a lower one"
            " gets more; expected --weight straight or --weight inverse, as you use it"
        )
    if kind == "inverse" and 0 in {one.weight for one in found}:
        problems.append("a weight of 0, where a lower one gets more; expected weights over 0")
    if problems:
        raise ImportFault(problems)
    return _network(_with_ids(found, rows), vendor, kind or "straight", tuple(notes))


def _with_ids(found: list[Found], rows: list[Row]) -> list[Found]:
    """Give every target an id of its own, made from its name, and every buyer one."""
    taken: set[str] = set()
    buyers: dict[str, str] = {}
    of_buyers: set[str] = set()
    for one in found:
        name = one.target.buyer
        if name not in buyers:
            buyers[name] = _id(name, of_buyers)
        target_id = TargetId(_id(one.target.name, taken))
        one.target = replace(one.target, id=target_id, buyer=BuyerId(buyers[name]))
    return found


def _id(name: str, taken: set[str]) -> str:
    stem = NOT_IN_IDS.sub("-", name.lower()).strip("-")[:56] or "target"
    id_, number = stem, 2
    while id_ in taken:
        id_, number = f"{stem}-{number}", number + 1
    taken.add(id_)
    return id_


def _network(found: list[Found], vendor: Vendor, kind: Weights, notes: tuple[str, ...]) -> Imported:
    tiers: dict[int, list[Found]] = {}
    for one in found:
        tiers.setdefault(one.priority, []).append(one)
    first = vendor.besides
    order = sorted(tiers, key=lambda each: (each != first, vendor.place(each)))
    targets: dict[TargetId, Target] = {}
    for each in order:
        targets |= _weighted(tiers[each], kind)
    campaign = Campaign(IMPORTED, "Imported", IMPORTED, tuple(_tier(tiers[each]) for each in order))
    names = {one.target.buyer: one.target.buyer for one in found}
    buyers = tuple(Buyer(id_, name) for id_, name in names.items())
    network = Network(
        f"Imported from {vendor.name}", (campaign,), (), (), buyers, tuple(targets.values())
    )
    return Imported(network, notes)


def _tier(found: list[Found]) -> Tier:
    ids = tuple(one.target.id for one in found)
    return Tier(ids, "weighted" if any(one.weight is not None for one in found) else "auction")


def _weighted(found: list[Found], kind: Weights) -> Mapping[TargetId, Target]:
    """Return the targets of a tier with their weights; one without a weight has that of one."""
    known = [one for one in found if one.weight != 0]
    given = shares([one.weight or Fraction(1) for one in known], kind) if known else []
    weight = {one.target.id: share for one, share in zip(known, given, strict=True)}
    return {
        one.target.id: replace(one.target, weight=weight.get(one.target.id, 1)) for one in found
    }
