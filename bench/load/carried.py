"""A load of calls, played by the carrier's process, and what the server has acknowledged of it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from typing import Any

from bench.load.carrier_process import played
from bench.stages.served import Served
from bench.tools.histogram import Histogram, heard

CONNECTIONS = 128  # Webhooks at once: a carrier has no patience for a slow server.
CLOSED_PER_S = 300.0  # Calls made ready for a closed loop; more than a machine of ours can take.
ENDING_S = 15.0  # For calls that were given up in the middle,
SPREAD = 5.0  # Random moments are at most so many standard deviations more than expected.
POLL_S, STILL_S = 0.2, 2.0  # unless they do not change any more: nobody plays them.
Ended = Sequence[Sequence[Any]]  # (began, over, how, session) of each call.


class Load:
    """The carrier, and all that the server has acknowledged to it."""

    def __init__(self, process: subprocess.Popen[str], server: Served) -> None:
        self._process, self._server = process, server
        self._no = 0
        self.acknowledged: set[str] = set()
        self.late = Histogram()  # By how much the carrier missed the moments it was to begin at.
        self.cpu_share = 0.0  # Of the carrier's, at most.

    def closed(self, seconds: float, at_once: int, *, hold: bool = False) -> Ended:
        """Play so many calls at once for so long, and return how they ended.

        `hold`: they stay in their talks, and no others come.
        """
        calls = at_once if hold else int(CLOSED_PER_S * seconds)
        return self._run(seconds=seconds, at_once=at_once, hold=hold, calls=calls)

    def open(self, seconds: float, rate: float, **more: object) -> Ended:
        """Play so many calls a second, whether they are taken or not."""
        calls = int(rate * seconds + SPREAD * (rate * seconds) ** 0.5)
        return self._run(seconds=seconds, rate=rate, calls=calls, **more)

    def _run(self, **order: object) -> Ended:
        self._no += 1
        return self.order(run=f"o{self._no}", seed=self._no, **order)

    def order(self, **order: object) -> Ended:
        """Let the carrier do something, and return how calls ended meanwhile."""
        hooks = {"hooks": self._server.port, "connections": CONNECTIONS}
        found = played(self._process, **hooks, **order)
        self.acknowledged.update(found["acknowledged"])
        self.late += heard(found["late"])
        self.cpu_share = max(self.cpu_share, found["cpu_s"] / found["took_s"])
        calls: Ended = found["calls"]
        return calls

    def on_record(self) -> dict[str, str]:
        """Return how every call ended, by the records, once none lives."""
        self._wait_until_still()
        known: dict[str, str] = {}
        before = ""
        while calls := self._server.get(f"/v1/calls?limit=500{before}")["calls"]:
            known |= {call["call_ref"]: call["disposition"] for call in calls}
            before = f"&before={calls[-1]['id']}"
        return known

    def _wait_until_still(self) -> None:
        """Return when no call lives, or those that do have not changed in number for a while."""
        since = began = time.monotonic()
        live = -1
        while live and time.monotonic() - since < STILL_S and time.monotonic() - began < ENDING_S:
            now = self._server.get("/v1/status")["live"]
            if now != live:
                live, since = now, time.monotonic()
            time.sleep(POLL_S)


def sold_a_second(calls: Ended, seconds: float) -> float:
    """Return how many calls were sold a second while new ones came."""
    in_time = [how for _, over, how, _ in calls if over <= seconds]
    return in_time.count("sold") / seconds
