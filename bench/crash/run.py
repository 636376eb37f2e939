"""Rounds one after the other on one stage, each checked and told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import trio

from bench.crash.check import Findings, check
from bench.crash.moments import Aim, Moment
from bench.crash.play import Crowd, play
from bench.crash.stage import PATIENT, open_crash_stage


@dataclass(frozen=True, slots=True)
class Lane:
    """Rounds that are played one after the other on one stage, with one carrier."""

    folder: Path
    seed: int
    moments: tuple[tuple[int, Moment], ...]  # Each with the number of its round.
    crowd: Crowd
    redelivery_s: tuple[float, ...] = PATIENT


@dataclass(frozen=True, slots=True)
class Round:
    """How one round went."""

    seed: int
    no: int
    moment: Moment
    calls: int
    found: Findings
    ready_s: float  # From the second start until calls are taken again.
    wall_s: float

    def __str__(self) -> str:
        """Return all that is needed to play it again, and what was wrong with it."""
        found = self.found
        head = (
            f"round {self.no} of seed {self.seed}: {self.moment}; {self.calls} calls, "
            f"{found.captured} sold, {found.reviews} for review, ready after {self.ready_s:.1f} s, "
            f"over after {self.wall_s:.1f} s"
        )
        return "\n  WRONG: ".join([head, *found.all()])


async def run_rounds(lane: Lane, tell: Callable[[Round], None]) -> None:
    """Play a round for each of the lane's moments, and tell of each."""
    aim = Aim()
    people = lane.crowd.calls * len(lane.moments)
    stage_of = open_crash_stage(lane.folder, lane.seed, people, aim, lane.redelivery_s)
    async with stage_of as stage:
        for no, moment in lane.moments:
            began = trio.current_time()
            seen, ready_s = await play(stage, aim, lane.crowd, no, moment)
            wall_s = trio.current_time() - began
            calls = len(seen.truths)
            tell(Round(lane.seed, no, moment, calls, check(seen), ready_s, wall_s))
