"""The moments of the kills: drawn from a seed, or aimed at what the carrier does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import trio

from auctiond.sandbox.carrier.options import Watcher

# What to aim at, and how long after it to kill at most. 0: in the very moment, when the reply
# to a command is not yet sent, and the webhook of an event not yet off.
AIMS = (
    ("did answer", 0.0),  # The caller is through, and nobody heard of it.
    ("told call.gather.ended", 0.15),  # The auction, and the award after it.
    ("did transfer", 0.0),  # A buyer's phone rings, and our log may not say so.
    ("did transfer", 0.05),
    ("told call.bridged", 0.0),  # They talk; the lead is not posted.
    ("took call.bridged", 0.05),  # It is being posted.
    ("told call.hangup", 0.0),  # The money is to be settled,
    ("took call.hangup", 0.05),  # and is being settled.
)
LATEST_S = 4.0  # After the first call of a round. By then most have been sold.


@dataclass(frozen=True, slots=True)
class Moment:
    """`after_s` after `what` happens for the `nth` time; without a `what`, after the first call."""

    what: str
    nth: int
    after_s: float
    with_postgres: bool

    def __str__(self) -> str:
        since = f"{self.what!r} for the {self.nth}. time" if self.what else "the first call"
        victims = "server and PostgreSQL" if self.with_postgres else "server"
        return f"{victims} killed {self.after_s * 1000:.0f} ms after {since}"


def moment(seed: int, no: int) -> Moment:
    """Return the moment of round `no`: two of five are aimed."""
    rng = Random(f"{seed}:{no}:moment")
    with_postgres = rng.random() < 1 / 3
    if no % 5 in (1, 3):
        what, within_s = AIMS[no // 5 * 2 % len(AIMS) + (no % 5) // 2]
        return Moment(what, rng.randint(1, 3), rng.uniform(0, within_s), with_postgres)
    return Moment("", 0, rng.uniform(0.05, LATEST_S), with_postgres)


class Aim(Watcher):
    """Waits for a moment, and kills in it. Also keeps which webhooks were acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: set[tuple[str, str]] = set()  # (Session or leg, event).
        self._moment: Moment | None = None
        self._left = 0
        self._kill: Callable[[], None] = lambda: None
        self._came = trio.Event()

    def at(self, moment: Moment, kill: Callable[[], None]) -> None:
        """Aim at `moment`."""
        self._moment, self._left, self._kill = moment, moment.nth, kill
        self._came = trio.Event()

    async def shoot(self, within_s: float) -> None:
        """Return when the server was killed: in the moment, or after `within_s` without it."""
        assert self._moment is not None
        if self._moment.what:
            with trio.move_on_after(within_s):
                await self._came.wait()
        if self._kill_is_due():
            await trio.sleep(self._moment.after_s)
            self._kill()
        self._moment = None

    def commanded(self, session: str, verb: str) -> None:
        self._see(f"did {verb}")

    def told(self, event: Mapping[str, Any]) -> None:
        self._see(f"told {event['event_type']}")

    def taken(self, event: Mapping[str, Any]) -> None:
        payload, name = event["payload"], event["event_type"]
        self.acknowledged.add((payload["call_control_id"], name))
        if name == "call.initiated":
            self.acknowledged.add((payload["call_session_id"], payload.get("direction", "")))
        self._see(f"took {name}")

    def _kill_is_due(self) -> bool:
        moment = self._moment
        return moment is not None and not (self._came.is_set() and moment.after_s == 0)

    def _see(self, what: str) -> None:
        if self._moment is None or what != self._moment.what or self._left == 0:
            return
        self._left -= 1
        if self._left == 0:
            if self._moment.after_s == 0:
                self._kill()
            self._came.set()
