"""The laws buyers answer by: how long the n-th ping takes, and what is wrong with the answer. Pure.

A vice goes by the count of pings, never by the clock, so a run from the same seed is the same run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from auctiond.sandbox.chance import draw

DELAYS = 1024  # Steps of a delay's distribution: drawing one is then a look into a table.
DELAY_MAX_S = 30.0  # A tail that is longer holds a connection for nothing.
UNTOLD_DEADLINE_MS = 400  # What a late buyer goes by where the format does not tell a deadline.
LATE_S = 0.3
BIG_STATES = ("CA", "TX", "FL", "NY", "PA", "IL", "OH", "GA", "NC", "MI")  # Half of all callers.

GARBAGE = (
    "html",
    "broken_json",
    "nan_price",
    "negative_price",
    "dollar_text",
    "huge_price",
    "zero_with_id",
    "no_number",
    "empty",
    "huge_body",
    "length_too_long",
    "length_too_short",
    "truncated",
    "not_http",
)


@dataclass(frozen=True, slots=True)
class Law:
    """How a buyer behaves; its `n`-th ping gets the vice at `n`, round and round."""

    about: str
    vices: tuple[str, ...] = ("answer",)
    median_ms: float = 15.0
    spread: float = 0.4  # Sigma of the logarithm: one in forty takes over twice the median.
    price_percent: int = 100
    states: int = 0  # How many states it buys in; 0 is all of them.
    silent_after: bool = False  # It bids, and never answers a confirm or a post.
    confirm_percent: int = 100  # Of its bid: what it says at the confirm, where a price can stand.
    confirms: bool = True  # False: its agents are always gone by the confirm.
    posts: tuple[str, ...] = (
        "answer",
    )  # What is wrong with the answers to posts, round and round.


LAWS: dict[str, Law] = {
    "fast": Law("answers in some 15 ms"),
    "instant": Law("answers without delay: the bench's", median_ms=0.0, spread=0.0),
    "slow": Law("answers ten times slower, a few after any deadline", median_ms=150.0, spread=0.6),
    "dead": Law("takes the connection and never answers", ("silence",)),
    "refuses": Law("refuses the connection", ("silence",)),
    "flapping": Law(
        "thirty good answers, then ten errors and silences",
        ("answer",) * 30 + ("error", "silence") * 5,
    ),
    "garbage": Law("answers nonsense, each kind in its turn", GARBAGE, price_percent=200),
    "drip": Law("answers one byte at a time", ("drip",)),
    "closes": Law(
        "closes the connection after an answer, or inside it", ("close_after", "close_inside")
    ),
    "late": Law(f"answers {LATE_S} s after the deadline it was told", ("late",)),
    "low_balance": Law("bids high, with next to nothing in its wallet", price_percent=300),
    "picky": Law("buys in a few states only", states=3),
    "mute_after": Law("bids, and never answers a confirm or a post", silent_after=True),
    "cuts_price": Law("confirms at four fifths of its bid", confirm_percent=80),
    "raises_price": Law("confirms at five quarters of its bid", confirm_percent=125),
    "no_target": Law("bids, and has nobody left at the confirm", confirms=False),
    "loses_first_post": Law(
        "takes a lead in silence, and answers the second time", posts=("silence", "answer")
    ),
    "drips_post": Law("answers a post one byte at a time", posts=("drip",)),
}

# What a sandbox of twenty looks like: mostly honest, and one of every vice.
USUAL = (
    *("fast", "fast", "picky", "fast", "slow", "low_balance", "fast", "dead", "fast", "flapping"),
    *("fast", "garbage", "picky", "drip", "fast", "closes", "late", "refuses", "fast", "slow"),
)


def usual(buyers: int) -> tuple[str, ...]:
    """Return the names of the laws of that many buyers."""
    return tuple(USUAL[n % len(USUAL)] for n in range(buyers))


def delays(law: Law) -> tuple[float, ...]:
    """Return the law's delays in seconds, each as likely as any other: a lognormal."""
    if not law.median_ms:
        return (0.0,)
    normal = NormalDist(math.log(law.median_ms / 1000), law.spread or 1e-9)
    steps = (normal.inv_cdf((step + 0.5) / DELAYS) for step in range(DELAYS))
    return tuple(min(math.exp(step), DELAY_MAX_S) for step in steps)


def vice(law: Law, n: int) -> str:
    """Return what is wrong with the answer to the `n`-th ping; "answer" is nothing."""
    return law.vices[n % len(law.vices)]


def favourites(seed: int, buyer: int, count: int) -> frozenset[str]:
    """Return the states a picky buyer buys in."""
    ranked = sorted(BIG_STATES, key=lambda state: draw(seed, buyer, *state.encode()))
    return frozenset(ranked[:count])
