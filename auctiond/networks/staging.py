"""A network that is prepared: checked whole, kept beside the one in force, and put in force whole.

It goes live when somebody says so, or at a time. If another network came into force since it
was prepared, it does not: it would take back what others did, and nobody looked at that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import trio

from auctiond.logs import Log
from auctiond.networks.applying import Applied, Applying, NotApplied, kept
from auctiond.pg.errors import PgAway
from auctiond.pg.network_stages import NetworkStages, Stage
from auctiond.pg.networks import Act
from compliance.masking import mask

LOOK_S = 30.0  # Another process may have scheduled something, and a clock may have been set.
RETRY_S = 2.0  # After the database was away.
WHY_MAX = 300  # Characters of why a stage could not come into force.


@dataclass(frozen=True, slots=True)
class Staged:
    stage: int
    based_on: int
    changes: list[str]


@dataclass(slots=True)
class Staging:
    stages: NetworkStages
    applying: Applying
    log: Log
    now_ms: Callable[[], int]
    _news: trio.Event = field(default_factory=trio.Event)

    async def stage(self, text: str, *, by: str, note: str) -> Staged:
        """Keep `text` for later, in place of what was staged. Raises NotApplied if it is wrong."""
        checked = await self.applying.check(text)
        told = mask(note), kept(checked.changes)
        no = await self.stages.add(text, by, checked.number, *told)
        self._wake()
        return Staged(no, checked.number, checked.changes)

    async def current(self) -> Stage:
        """Return what is staged. Raises NotApplied if nothing is."""
        stage = await self.stages.current()
        if stage is None:
            raise NotApplied(404, "Nothing is staged.", [])
        return stage

    async def drop(self, *, by: str) -> Stage:
        """Take back what is staged."""
        stage = await self.current()
        await self.stages.drop(stage.no, by)
        self._wake()
        return stage

    async def apply(self, *, by: str, note: str = "") -> Applied:
        """Put what is staged in force, now. Raises NotApplied."""
        stage = await self.current()
        return await self._apply(stage, by, note or stage.note)

    async def schedule(self, due: datetime, *, by: str) -> Stage:
        """Put what is staged in force at `due`. Raises NotApplied."""
        stage = await self.current()
        if due <= self._now():
            raise NotApplied(400, "That time has passed.", [])
        self._refuse_stale(stage, await self._number())
        await self.stages.schedule(stage.no, by, due)
        self._wake()
        return stage

    async def run(self) -> None:
        """Put in force what is due, for ever."""
        while True:
            self._news = trio.Event()
            try:
                wait_s = await self.look()
            except PgAway:
                wait_s = RETRY_S
            with trio.move_on_after(min(wait_s, LOOK_S)):
                await self._news.wait()

    async def look(self) -> float:
        """Put in force what is due; return in how many seconds something will be."""
        stage = await self.stages.current()
        if stage is None or stage.due is None:
            return math.inf
        wait_s = (stage.due - self._now()).total_seconds()
        if wait_s > 0:
            return wait_s
        try:
            await self._apply(stage, stage.due_by, stage.note)
        except NotApplied as error:
            if await self.stages.current() is not None:  # Else another process was quicker.
                why = mask("; ".join([error.title, *error.problems])[:WHY_MAX])
                await self.stages.failed(stage.no, stage.due_by, why)
                self.log.error("network.not_applied", stage=stage.no, why=why)
        return 0.0

    async def _apply(self, stage: Stage, by: str, note: str) -> Applied:
        self._refuse_stale(stage, await self._number())
        act = Act(by, stage=stage.no, note=note)
        return await self.applying.apply(stage.toml, expected=stage.based_on, act=act)

    async def _number(self) -> int:
        latest = await self.applying.latest()
        return latest.no if latest is not None else 0

    def _refuse_stale(self, stage: Stage, number: int) -> None:
        if stage.based_on != number:
            title = (
                f"The network is at version {number}, and what is staged was made on version "
                f"{stage.based_on}: compare them, and stage it again."
            )
            raise NotApplied(409, title, [])

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)

    def _wake(self) -> None:
        self._news.set()
