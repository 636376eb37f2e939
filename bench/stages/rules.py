"""What random targets ask of a call: filters and hours, by the law that targets.py tells."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from bench.stages.places import once, some_area_code, some_state, some_zip
from market.condition import Comparison, Or
from market.network import Filter
from market.schedule import Hours

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


def some_filters(draw: Random) -> Iterator[Filter]:
    """Yield the filters of one target."""
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
        state = Comparison("state", "in", (some_state(draw), some_state(draw)))
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
        yield Filter("state", any_of=once(some_state(draw) for _ in range(draw.randint(3, 12))))
    elif kind < 0.6:
        yield Filter("state", none_of=once(some_state(draw) for _ in range(draw.randint(1, 5))))
    elif kind < 0.85:
        state = some_state(draw)
        yield Filter("zip", any_of=once(some_zip(draw, state) for _ in range(draw.randint(5, 60))))
    elif kind < 0.88:
        yield Filter("zip", any_of=tuple(f"{draw.randint(100, 599)}*" for _ in range(5)))
    elif kind < 0.93:
        yield _asks(Comparison("zip", "in", (f"list:zips-{draw.randrange(20)}",)))
    if draw.random() < 0.05:
        yield Filter("zip", none_of=once(some_zip(draw, some_state(draw)) for _ in range(20)))
    if draw.random() < 0.17:
        state = some_state(draw)
        codes = once(some_area_code(draw, state) for _ in range(draw.randint(1, 8)))
        yield Filter("area_code", any_of=codes)


def some_hours(draw: Random) -> Hours:
    """Return hours of one of 40 kinds."""
    kind = Random(draw.randrange(40))
    opens = 60 * kind.choice((7, 8, 9, 10))
    closes = 60 * kind.choice((15, 17, 18, 20, 22))
    return Hours(
        kind.choice(ZONES), dict.fromkeys(range(kind.choice((5, 6, 7))), ((opens, closes),))
    )
