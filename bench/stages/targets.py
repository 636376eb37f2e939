"""Random targets and calls for `python -m bench targeting`, and the law they follow.

N targets of N/100 buyers (20 at least), in one tier. Each takes one or two of 100 products, which
the IVR asked for; else a call would have thousands of targets, and no network is like that. And:

- half name 3 to 12 states, by population; a tenth are for all states but 1 to 5
- a quarter name 5 to 60 zips of one state; 3 % prefixes of zips ("902*"); 5 % share one of 20
  lists of 2,000 zips; 5 % refuse 20 zips
- a sixth name 1 to 8 area codes
- 70 % have hours, of 40 kinds in 6 zones; it is an evening in the east, so half are open
- of the IVR: insured (35 %), homeowner (20 %), 1 to 3 of 5 credit classes (25 %), an age within a
  span (30 %); 15 % need the zip to be known
- 8 % ask for "this state, or that zip, or an age"; 2 % for something in a text, or a pattern
- 1 % are paused; half have a cap by the day, of which one in 20 is used up; 2 % of the buyers have
  empty wallets

A call has a state by population, a zip and an area code of it, and answers; every tenth is without
a zip, every fifth without an age.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from bench.stages.places import once, some_area_code, some_state, some_zip
from bench.stages.rules import CREDIT, PRODUCTS, some_filters, some_hours
from market.bids import BuyerId, TargetId
from market.money import Micros, micros
from market.network import (
    Buyer,
    Campaign,
    Cap,
    Network,
    Publisher,
    Target,
    Tier,
    ValueList,
)

AT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # A Tuesday evening in the east.
CAMPAIGN = "auto"
SEED = 1


@dataclass
class Books:
    """The ledger: what is not named here was never used."""

    balances: dict[str, tuple[int, int]] = field(default_factory=dict)

    def available(self, account: str) -> tuple[int, int]:
        return self.balances.get(account, (0, 0))


@dataclass(frozen=True, slots=True)
class World:
    network: Network
    books: Books


def world_of(count: int, seed: int) -> World:
    """Return a network of `count` targets, and its ledger."""
    draw = Random(f"{seed}/{count}")
    buyers = [BuyerId(f"buyer-{number}") for number in range(max(20, count // 100))]
    targets = tuple(_target(draw, number, buyers) for number in range(count))
    campaign = Campaign(
        CAMPAIGN,
        "Auto",
        "auto",
        (Tier(tuple(one.id for one in targets)),),
        reserve=micros(10),
    )
    network = Network(
        "Bench",
        (campaign,),
        (Publisher("pub", "Pub"),),
        (),
        tuple(Buyer(id_, id_) for id_ in buyers),
        targets,
        lists=tuple(_list(draw, number) for number in range(20)),
    )
    return World(network, _books(draw, network))


def call_facts(seed: int) -> Iterator[dict[str, str]]:
    """Yield the facts of one call after the other."""
    draw = Random(seed)
    while True:
        state = some_state(draw)
        facts = {
            "state": state,
            "area_code": some_area_code(draw, state),
            "ivr.product": draw.choice(PRODUCTS),
            "ivr.insured": draw.choice(("yes", "no")),
            "ivr.homeowner": draw.choice(("yes", "no")),
            "ivr.credit": draw.choice(CREDIT),
            "ivr.note": draw.choice(("renewal in march", "new car", "moved house", "")),
        }
        if draw.random() < 0.9:
            facts["zip"] = some_zip(draw, state)
        if draw.random() < 0.8:
            facts["ivr.age"] = str(draw.randint(18, 90))
        yield facts


def _list(draw: Random, number: int) -> ValueList:
    return ValueList(f"zips-{number}", once(some_zip(draw, some_state(draw)) for _ in range(2000)))


def _target(draw: Random, number: int, buyers: list[BuyerId]) -> Target:
    capped = draw.random() < 0.5
    return Target(
        id=TargetId(f"target-{number}"),
        buyer=draw.choice(buyers),
        price=Micros(draw.randint(10, 80) * 1_000_000),
        destination="+12125550123",
        filters=tuple(some_filters(draw)),
        required=("zip",) if draw.random() < 0.15 else (),
        hours=some_hours(draw) if draw.random() < 0.7 else None,
        caps=(Cap("calls", "day", draw.randint(5, 200)),) if capped else (),
        concurrency=draw.randint(1, 20) if draw.random() < 0.5 else None,
        paused=draw.random() < 0.01,
    )


def _books(draw: Random, network: Network) -> Books:
    day = AT.date().isoformat()
    balances = {f"wallet:{one.id}": (10**10, 0) for one in network.buyers}
    for one in draw.sample(network.buyers, len(network.buyers) // 50):
        balances[f"wallet:{one.id}"] = (0, 0)
    for target in network.targets:
        for cap in target.caps:
            used = cap.limit if draw.random() < 0.05 else draw.randrange(cap.limit)
            balances[f"cap:{target.id}:calls/day:{day}"] = (-used, 0)
    return Books(balances)
