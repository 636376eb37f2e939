"""How long each measurement usually takes: for the bar of who waits, and for nothing else.

Of two cores that nobody else used. `all` prints what it really took (took_s).
"""

from __future__ import annotations

QUICK_S = {
    "auction": 31,
    "cost": 7,
    "ledger": 21,
    "memory": 25,
    "overload": 42,
    "recovery": 18,
    "rtb": 29,
    "storm": 20,
    "targeting": 36,
    "usual": 4,
    "weather": 4,
    "webhooks": 32,
    "wire": 3,
    "workers": 29,
}
FULL_S = {
    "auction": 85,
    "cost": 20,
    "ledger": 230,
    "memory": 75,
    "overload": 110,
    "recovery": 65,
    "rtb": 70,
    "storm": 150,
    "targeting": 45,
    "usual": 10,
    "weather": 9,
    "webhooks": 60,
    "wire": 8,
    "workers": 75,
}


def usual_s(name: str, quick: bool) -> float | None:
    """Return the seconds that a measurement usually takes; None: nobody has noted it yet."""
    return (QUICK_S if quick else FULL_S).get(name)
