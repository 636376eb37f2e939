"""Keeps the workers of a server: starts them, watches them, replaces them, restarts them in turn.

It takes no call itself, so that it outlives what calls may do to a worker. One process is always
spare, with the whole program loaded: it has the seat of one that died within a moment, and takes
up its calls. Whoever is the foreman is decided here alone, so there are never two.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import trio

from auctiond.config import Settings
from auctiond.database import Where
from auctiond.logs import Log
from auctiond.pg.claims import enter
from auctiond.pg.door import Pg
from auctiond.pg.errors import PgAway
from auctiond.start_error import StartError
from auctiond.workers.child import Child, spawn
from auctiond.workers.control import Start
from auctiond.workers.members import Member, Seat

HUNG_S = 30.0  # Without a sign of life; a worker under ten times its load is late by seconds.
LOOK_S = 1.0
DEATHS_MAX = 6  # Of one seat within DEATHS_S: then starting it again mends nothing.
DEATHS_S = 60.0
PAUSES_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # Before the next start, after so many deaths.
LOADED_S = 60.0  # A busy machine needs some seconds to load the program.
AWAY_S = 1.0  # While the database is away no worker can start.
STOP_S = 30.0  # Beyond `drain_s`, for what is still to be written; then it is ended by force.


@dataclass(slots=True)
class Supervisor:
    settings: Settings
    where: Where
    pg: Pg  # For epochs.
    listen: socket.socket
    metrics: Sequence[socket.socket]
    folder: Path  # For the workers' unix sockets.
    log: Log
    children: dict[int, Child] = field(default_factory=dict)  # By slot.
    changed: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)  # All workers have stopped.
    _spare: Child | None = None
    _foreman: Child | None = None
    _stopping: bool = False
    _is_up: bool = False
    _nursery: trio.Nursery | None = None

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep the workers until `stop`; started when all are ready. Raises StartError."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                nursery.start_soon(self._watch)
                # The first alone: it makes keys and the first network, if there are none.
                nursery.start_soon(self._keep, 0)
                await self._all_ready(1)
                for slot in range(1, self.settings.workers):
                    nursery.start_soon(self._keep, slot)
                await self._all_ready(self.settings.workers)
                self._spare, self._is_up = await self._spawn(), True
                task_status.started()
                while not self._stopping or any(map(_lives, self.children.values())):
                    await self.changed.wait()
                self.ended.set()
                nursery.cancel_scope.cancel()
        finally:
            with trio.move_on_after(self.settings.drain_s + STOP_S, shield=True):
                await self._end_all()

    def stop(self) -> None:
        """Let all workers drain and end; told again, at once."""
        self._stopping = True
        for child in self.children.values():
            child.stop()

    async def restart(self, settings: Settings) -> None:
        """Replace the workers one by one, with new settings; the others take calls meanwhile."""
        self.settings = settings
        for slot, child in sorted(self.children.items()):
            await self._renew_spare()  # The one there was may have the old program.
            self.log.info("worker.restarting", worker=slot)
            child.stop()
            while self.children[slot] is child or not self.children[slot].ready.is_set():
                await self.changed.wait()
        await self._renew_spare()
        self.log.info("workers.restarted", count=len(self.children))

    async def _renew_spare(self) -> None:
        """Have a spare process that has just loaded the program."""
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.process.kill()
            await spare.process.wait()
        new = await self._spawn()
        with trio.move_on_after(LOADED_S):
            await new.loaded.wait()
        self._spare = new

    async def _keep(self, slot: int) -> None:
        """Have a worker in `slot`, again and again."""
        deaths: deque[float] = deque(maxlen=DEATHS_MAX)
        while not self._stopping:
            child = await self._begin(slot)
            if self._stopping:
                child.stop()
            code = await child.process.wait()
            await self._lost(child)
            if self._stopping or child.asked:
                continue
            self.log.error("worker.died", worker=slot, pid=child.process.pid, code=code)
            if not child.ready.is_set() and child.failure:
                raise StartError(child.failure)
            deaths.append(trio.current_time())
            recent = [at for at in deaths if at > trio.current_time() - DEATHS_S]
            if len(recent) >= DEATHS_MAX:
                raise StartError(
                    f"worker {slot} has died {DEATHS_MAX} times within {DEATHS_S:.0f} seconds, "
                    "so starting it again mends nothing: the log above says what it died of"
                )
            await trio.sleep(PAUSES_S[len(recent) - 1])

    async def _begin(self, slot: int) -> Child:
        """Return a process that has just been given the seat."""
        child = self._spare or await self._spawn()
        self._spare = None
        epoch = await self._epoch(slot)
        living = {each.seat.epoch for each in self.children.values() if each.seat and _lives(each)}
        workers, path = self.settings.workers, str(self.folder / f"{slot}-{epoch}.sock")
        # At the start each takes up its part of the calls there are; later, all that are left.
        part, parts = (0, 1) if self._is_up else (slot, workers)
        first = not self.children
        seat = Seat(slot, workers, epoch, first, tuple(living), part, parts, path)
        self.children[slot], child.seat = child, Member(slot, epoch, path)
        await child.begin(Start(self.settings, self.where, seat, tuple(self._members())))
        return child

    async def _epoch(self, slot: int) -> int:
        while True:
            try:
                return await enter(self.pg, slot)
            except PgAway:
                self.log.warning("worker.waits_for_database", worker=slot)
                await trio.sleep(AWAY_S)

    async def _spawn(self) -> Child:
        assert self._nursery is not None
        child = await spawn(self.listen, self.metrics)
        self._nursery.start_soon(self._hear, child)
        return child

    async def _hear(self, child: Child) -> None:
        """Take in what a worker tells."""
        async for words in child.control.hear():
            child.heard_at = trio.current_time()
            match words["what"]:
                case "loaded":
                    child.loaded.set()
                case "ready":
                    child.ready.set()
                    assert child.seat is not None
                    slot, pid = child.seat.slot, child.process.pid
                    self.log.info("worker.ready", worker=slot, pid=pid, epoch=child.seat.epoch)
                    await self._tell()
                case "draining":
                    child.draining = True
                    await self._tell()
                case "resigned":
                    self._foreman = None if self._foreman is child else self._foreman
                    await self._tell()
                case "failed":
                    child.failure = str(words["why"])

    async def _lost(self, child: Child) -> None:
        """A worker is gone: the others must know, and if it was the foreman, there is another."""
        self._foreman = None if self._foreman is child else self._foreman
        await self._tell()
        if self._spare is None and child.ready.is_set() and not (self._stopping or child.asked):
            assert self._nursery is not None
            self._nursery.start_soon(self._have_spare)

    async def _have_spare(self) -> None:
        """Load the program once more, when the seat that is empty has been taken."""
        await self._all_ready(len(self.children))
        if self._spare is None and not self._stopping:
            self._spare = await self._spawn()

    async def _all_ready(self, count: int) -> None:
        while sum(_takes_part(child) for child in self.children.values()) < count:
            await self.changed.wait()

    async def _tell(self) -> None:
        """Tell all workers who they are, and appoint a foreman if there is none."""
        able = [c for _, c in sorted(self.children.items()) if _takes_part(c) and not c.draining]
        if self._foreman is None and able and not self._stopping:
            self._foreman = able[0]
        members = self._members()
        async with trio.open_nursery() as nursery:
            for child in self.children.values():
                if _lives(child):
                    nursery.start_soon(child.tell_members, members)
        self.changed.set()
        self.changed = trio.Event()

    def _members(self) -> list[Member]:
        return [
            Member(
                child.seat.slot,
                child.seat.epoch,
                child.seat.path,
                taking=not child.draining,
                foreman=child is self._foreman,
            )
            for child in self.children.values()
            if child.seat is not None and _takes_part(child)
        ]

    async def _watch(self) -> None:
        """End by force what has given no sign of life; whoever waits for its end replaces it."""
        while True:
            await trio.sleep(LOOK_S)
            for slot, child in self.children.items():
                if _lives(child) and trio.current_time() - child.heard_at > HUNG_S:
                    self.log.error("worker.hangs", worker=slot, pid=child.process.pid)
                    child.heard_at = trio.current_time()
                    child.process.kill()

    async def _end_all(self) -> None:
        self.stop()
        ending = [*self.children.values(), *([self._spare] if self._spare else [])]
        if self._spare is not None:
            self._spare.process.kill()
        try:
            async with trio.open_nursery() as nursery:
                for child in ending:
                    nursery.start_soon(partial(child.process.wait))
        finally:
            for child in ending:
                if child.process.returncode is None:
                    child.process.kill()


def _lives(child: Child) -> bool:
    return child.process.returncode is None


def _takes_part(child: Child) -> bool:
    return child.ready.is_set() and _lives(child)
