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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from market.bids import BuyerId, TargetId
from market.condition import Comparison, Or
from market.money import Micros, micros
from market.network import (
    Buyer,
    Campaign,
    Cap,
    Filter,
    Network,
    Publisher,
    Target,
    Tier,
    ValueList,
)
from market.schedule import Hours

AT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # A Tuesday evening in the east.
CAMPAIGN = "auto"
PRODUCTS = [f"product-{number}" for number in range(100)]
CREDIT = ("poor", "fair", "good", "very_good", "excellent")
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "UTC",
)
# States with their shares of the people, per thousand; the small ones together.
SHARES = {
    "CA": 117, "TX": 90, "FL": 67, "NY": 58, "PA": 39, "IL": 37, "OH": 35, "GA": 33, "NC": 32,
    "MI": 30, "NJ": 28, "VA": 26, "WA": 23, "AZ": 22, "TN": 21, "MA": 21, "IN": 20, "MO": 18,
    "MD": 18, "WI": 18, "CO": 17, "MN": 17, "SC": 16, "AL": 15, "LA": 14, "KY": 13, "OR": 13,
    "OK": 12, "CT": 11, "UT": 10, "IA": 10, "NV": 9, "AR": 9, "MS": 9, "KS": 9, "NM": 6, "NE": 6,
    "ID": 6, "WV": 5, "HI": 4, "NH": 4, "ME": 4, "MT": 3, "RI": 3, "DE": 3, "SD": 3, "ND": 2,
    "AK": 2, "VT": 2, "WY": 2,
}  # fmt: skip
STATES = list(SHARES)
SUMS = list(accumulate(SHARES.values()))


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
        state = _state(draw)
        facts = {
            "state": state,
            "area_code": _area_code(draw, state),
            "ivr.product": draw.choice(PRODUCTS),
            "ivr.insured": draw.choice(("yes", "no")),
            "ivr.homeowner": draw.choice(("yes", "no")),
            "ivr.credit": draw.choice(CREDIT),
            "ivr.note": draw.choice(("renewal in march", "new car", "moved house", "")),
        }
        if draw.random() < 0.9:
            facts["zip"] = _zip(draw, state)
        if draw.random() < 0.8:
            facts["ivr.age"] = str(draw.randint(18, 90))
        yield facts


def _state(draw: Random) -> str:
    return draw.choices(STATES, cum_weights=SUMS)[0]


def _zip(draw: Random, state: str) -> str:
    """Return one of 600 zips of the state; they begin with its number."""
    return f"{10 + STATES.index(state)}{draw.randrange(600):03d}"


def _area_code(draw: Random, state: str) -> str:
    return str(200 + STATES.index(state) * 12 + draw.randrange(12))


def _some(values: Iterable[str]) -> tuple[str, ...]:
    """Return `values`, each once, in an order that is the same in each run."""
    return tuple(sorted(set(values)))


def _list(draw: Random, number: int) -> ValueList:
    return ValueList(f"zips-{number}", _some(_zip(draw, _state(draw)) for _ in range(2000)))


def _target(draw: Random, number: int, buyers: list[BuyerId]) -> Target:
    capped = draw.random() < 0.5
    return Target(
        id=TargetId(f"target-{number}"),
        buyer=draw.choice(buyers),
        price=Micros(draw.randint(10, 80) * 1_000_000),
        destination="+12125550123",
        filters=tuple(_filters(draw)),
        required=("zip",) if draw.random() < 0.15 else (),
        hours=_hours(draw) if draw.random() < 0.7 else None,
        caps=(Cap("calls", "day", draw.randint(5, 200)),) if capped else (),
        concurrency=draw.randint(1, 20) if draw.random() < 0.5 else None,
        paused=draw.random() < 0.01,
    )


def _filters(draw: Random) -> Iterator[Filter]:
    yield Filter("ivr.product", any_of=tuple(draw.sample(PRODUCTS, draw.randint(1, 2))))
    yield from _places(draw)
    if draw.random() < 0.35:
        yield Filter("ivr.insured", any_of=(draw.choice(("yes", "no")),))
    if draw.random() < 0.2:
        yield Filter("ivr.homeowner", any_of=(draw.choice(("yes", "no")),))
    if draw.random() < 0.25:
        yield Filter("ivr.credit", any_of=tuple(draw.sample(CREDIT, draw.randint(1, 3))))
    if draw.random() < 0.3:
        least = draw.choice(("18", "21", "25", "50"))
        yield _asks(Comparison("ivr.age", "between", (least, draw.choice(("65", "75", "85")))))
    if draw.random() < 0.08:
        state = Comparison("state", "in", (_state(draw), _state(draw)))
        zip_ = Comparison("zip", "in", (f"{draw.randint(10, 59)}*",))
        yield _asks(Or((state, zip_, Comparison("ivr.age", ">", ("60",)))))
    if draw.random() < 0.02:
        pattern = Comparison("ivr.note", "matches", (draw.choice(("new|moved", "^r", "car$")),))
        yield _asks(draw.choice((pattern, Comparison("ivr.note", "contains", ("new", "moved")))))


def _asks(condition: Comparison | Or) -> Filter:
    return Filter(condition=condition)


def _places(draw: Random) -> Iterator[Filter]:
    kind = draw.random()
    if kind < 0.5:
        yield Filter("state", any_of=_some(_state(draw) for _ in range(draw.randint(3, 12))))
    elif kind < 0.6:
        yield Filter("state", none_of=_some(_state(draw) for _ in range(draw.randint(1, 5))))
    elif kind < 0.85:
        state = _state(draw)
        yield Filter("zip", any_of=_some(_zip(draw, state) for _ in range(draw.randint(5, 60))))
    elif kind < 0.88:
        yield Filter("zip", any_of=tuple(f"{draw.randint(100, 599)}*" for _ in range(5)))
    elif kind < 0.93:
        yield _asks(Comparison("zip", "in", (f"list:zips-{draw.randrange(20)}",)))
    if draw.random() < 0.05:
        yield Filter("zip", none_of=_some(_zip(draw, _state(draw)) for _ in range(20)))
    if draw.random() < 0.17:
        state = _state(draw)
        codes = _some(_area_code(draw, state) for _ in range(draw.randint(1, 8)))
        yield Filter("area_code", any_of=codes)


def _hours(draw: Random) -> Hours:
    """Return hours of one of 40 kinds."""
    kind = Random(draw.randrange(40))
    opens = 60 * kind.choice((7, 8, 9, 10))
    closes = 60 * kind.choice((15, 17, 18, 20, 22))
    return Hours(
        kind.choice(ZONES), dict.fromkeys(range(kind.choice((5, 6, 7))), ((opens, closes),))
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
