"""How often somebody may come: counted in memory, by the publisher and by the caller. Pure."""

from __future__ import annotations

from collections.abc import Hashable

KEYS_MAX = 200_000  # Callers of some minutes. A forgotten one may come again, and that is all.


class Rates:
    """A bucket for each key: it holds `most` and fills up again within `every_s`."""

    def __init__(self, keys_max: int = KEYS_MAX) -> None:
        self._buckets: dict[Hashable, tuple[float, float]] = {}  # Key -> used, and when (seconds).
        self._keys_max = keys_max

    def take(self, key: Hashable, now_s: float, most: int, every_s: float) -> bool:
        """Tell whether `key` may come now; then it has."""
        used, at_s = self._buckets.pop(key, (0.0, now_s))
        used = max(0.0, used - (now_s - at_s) * most / every_s)
        may = used + 1 <= most
        self._buckets[key] = (used + may, now_s)  # At the end: the first are those not seen long.
        if len(self._buckets) > self._keys_max:
            del self._buckets[next(iter(self._buckets))]
        return may
