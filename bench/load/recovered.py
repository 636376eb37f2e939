"""How calls went while all was bad, and after how long all was well again."""

from __future__ import annotations

from bench.harness import Curve, percentile
from bench.load.carried import Ended

BIN_S, GOOD = 0.5, 0.9


def timeline(title: str, calls: Ended, seconds: float) -> Curve:
    """Return what came in each half second, and what was sold of it."""
    lines: dict[str, list[tuple[float, float]]] = {"came": [], "of these sold": []}
    for n in range(int(seconds / BIN_S)):
        came = _came(calls, n * BIN_S)
        lines["came"].append((n * BIN_S, len(came) / BIN_S))
        lines["of these sold"].append((n * BIN_S, came.count("sold") / BIN_S))
    return Curve(title, "seconds", "calls a second", lines)


def recovery_s(calls: Ended, since_s: float, seconds: float) -> float:
    """Return after how long calls are sold as they come, for good; if never, the whole time."""
    bins = [since_s + n * BIN_S for n in range(int((seconds - since_s) / BIN_S))]
    for start in reversed(bins):
        came = _came(calls, start)
        if came and came.count("sold") < GOOD * len(came):
            return start + BIN_S - since_s
    return 0.0


def took_ms(calls: Ended, share: float) -> float:
    """Return how long `share` of the calls that were sold took at most, from when they were due."""
    took = [over - began for began, over, how, _ in calls if how == "sold"]
    return percentile(took, share) * 1000 if took else float("inf")


def _came(calls: Ended, start_s: float) -> list[str]:
    """Return how the calls ended that came in the half second from then on."""
    return [how for began, _, how, _ in calls if start_s <= began < start_s + BIN_S]
