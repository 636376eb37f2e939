"""How many new calls there is time for: told before anybody is late. Pure.

A call that begins owes the loop some milliseconds, most of them within its first seconds. By the
time that shows as lateness (lag.py), hundreds may have been taken that all wait for each other. So
it is counted: a new call adds what one takes, time works that off, and while more is owed than
callers may wait for, new calls are refused. What one takes is measured all the time.
"""

from __future__ import annotations

from dataclasses import dataclass

COST_S = 0.01  # Of the loop's time, a call: until one has been measured. Most take less.
REFUSAL = 1 / 90  # What a refusal takes, in calls: 0.07 ms of a flood's 6.
STEPS = 10  # Of a call, until people talk: each may wait as long as an auction may.
LEAST = 0.05  # Of the time goes to new calls, however many are refused, and whatever is late.
# While nobody is late, calls are taken faster than they cost: under way together, they share
# commits and turns of the loop, and cost two thirds of what they cost alone. Where auctions would
# be left out, all but LEAST is refused. Refused at two thirds of that wait, at 120 % load more than
# half was, on a machine that others used: it is not always us who make all late.
FASTEST = 1.15
WINDOW_S, CALLS_MIN = 0.5, 10  # Of a measurement: fewer calls would tell of what else goes on.
WEIGHT = 0.3  # Of the newest.
LOADED = 0.5  # A loop that is busy for less has much else to do: calls do not take more for that.


def pace(late_ms: float, shed_after_ms: float) -> float:
    """Return how fast what is owed counts as worked off, when tasks start so late."""
    return FASTEST * max(1.0 - late_ms / shed_after_ms, 0.0)


@dataclass(slots=True)
class Admission:
    shed_after_ms: float
    cost_s: float = COST_S
    owed_s: float = 0.0
    _refused: int = 0  # Since the last tick.
    _window_s: float = 0.0
    _busy_s: float = 0.0
    _worked: float = 0.0  # Calls whose cost was worked off, in this window.

    def has_room(self) -> bool:
        """Tell whether one more call may begin."""
        return self.owed_s * 1000 < STEPS * self.shed_after_ms

    def begin(self) -> None:
        """A call begins."""
        self.owed_s += self.cost_s

    def refuse(self) -> None:
        """A call was refused."""
        self._refused += 1

    def tick(self, passed_s: float, busy_s: float, pace: float = 1.0) -> None:
        """Time has passed, of which the loop was busy for some."""
        refused = self._refused * REFUSAL
        most_s = max(passed_s * pace - refused * self.cost_s, passed_s * LEAST)
        worked_s = min(self.owed_s, most_s)
        self.owed_s -= worked_s
        self._worked += worked_s / self.cost_s + refused
        self._refused = 0
        self._window_s += passed_s
        self._busy_s += busy_s
        if self._window_s >= WINDOW_S:
            self._learn()
            self._window_s = self._busy_s = self._worked = 0.0

    def _learn(self) -> None:
        """Learn what a call takes: no more than this, as whatever else was done is in it."""
        if self._worked < CALLS_MIN:
            return
        seen_s = self._busy_s / self._worked
        if seen_s < self.cost_s or self._busy_s > LOADED * self._window_s:
            self.cost_s += WEIGHT * (seen_s - self.cost_s)
