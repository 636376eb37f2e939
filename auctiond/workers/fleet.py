"""The other workers, as one of them sees them: who they are, and what to ask them.

A server of one process has a fleet too, with nobody else in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import trio

from actors.shelter import Shelter
from auctiond.workers.frames import Frame
from auctiond.workers.hints import hint_of
from auctiond.workers.link import Link, PeerAway
from auctiond.workers.members import ALONE, Member, Seat, place
from auctiond.workers.peer_door import Handler, open_peer_door

ALL_S = 2.0  # For an answer of all the others: they are on this machine.


class Fleet:
    def __init__(self, seat: Seat = ALONE) -> None:
        self.seat = seat
        self.handlers: dict[str, Handler] = {}
        self.shelter: Shelter | None = None
        self.members: dict[int, Member] = {}
        self.is_foreman = seat.workers == 1  # Whether we do what is done once.
        self.changed = trio.Event()
        self.rested = trio.Event()  # What is done once has been let go of, here.
        self._leaving = False
        self._links: dict[int, Link] = {}  # By epoch.
        self._nursery: trio.Nursery | None = None

    @property
    def is_alone(self) -> bool:
        """Whether there is one process alone."""
        return self.seat.workers == 1

    @property
    def hint(self) -> str:
        """What ends the URLs of our calls' webhooks."""
        return "" if self.is_alone else hint_of(self.seat.slot)

    def update(self, members: Iterable[Member]) -> None:
        """Take over who the workers are now."""
        self.members = {member.slot: member for member in members}
        mine = self.members.get(self.seat.slot)
        is_mine = mine is not None and mine.epoch == self.seat.epoch and mine.foreman
        self.is_foreman = is_mine and not self._leaving
        living = {member.epoch for member in self.members.values()}
        for epoch in self._links.keys() - living:
            self._links.pop(epoch).close()
        self._tell()

    async def resign(self) -> None:
        """Be the foreman no more, and return when what only a foreman does has stopped here."""
        was, self._leaving, self.is_foreman = self.is_foreman, True, False
        self._tell()
        if was:
            await self.rested.wait()

    def _tell(self) -> None:
        self.changed.set()
        self.changed = trio.Event()

    def others(self) -> list[int]:
        """Return the slots of the other workers that are ready."""
        return [slot for slot in self.members if slot != self.seat.slot]

    def place(self, key: str) -> int:
        """Return who takes a new call: one that is ready, and does not drain."""
        taking = [member.slot for member in self.members.values() if member.taking]
        slot = place(key, taking)
        return self.seat.slot if slot is None else slot

    def keeper_of(self, key: str) -> int:
        """Return who has `key` for good: the same slot, whether it is ready at present or not."""
        slot = place(key, range(self.seat.workers))
        assert slot is not None
        return slot

    @property
    def foreman(self) -> int | None:
        """The slot of the foreman, if there is one at present."""
        return next((member.slot for member in self.members.values() if member.foreman), None)

    async def ask(self, slot: int, kind: str, meta: Any = None, body: bytes = b"") -> Frame:  # noqa: ANN401
        """Return the answer of one worker. Raises PeerAway. The caller sets the deadline."""
        member = self.members.get(slot)
        if member is None or self._nursery is None:
            raise PeerAway
        link = self._links.get(member.epoch)
        if link is None or link.is_broken:
            link = self._links[member.epoch] = Link(member.path, self._nursery)
        return await link.ask(kind, meta, body)

    async def ask_all(self, kind: str, meta: Any = None, body: bytes = b"") -> list[Frame]:  # noqa: ANN401
        """Return the answers of all the others that give one in time."""
        answers: list[Frame] = []

        async def ask(slot: int) -> None:
            try:
                answers.append(await self.ask(slot, kind, meta, body))
            except PeerAway:
                return  # It starts again, and reads from the database what it missed.

        with trio.move_on_after(ALL_S):
            async with trio.open_nursery() as nursery:
                for slot in self.others():
                    nursery.start_soon(ask, slot)
        return answers

    async def wait_for(self, slot: int) -> None:
        """Return when a worker is ready in `slot`. The caller sets the deadline."""
        while slot not in self.members:
            await self.changed.wait()

    def _room(self) -> Shelter:
        assert self.shelter is not None, "the others come when we have said that we are ready"
        return self.shelter

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Have the lines to the others, and listen to them, while the block lasts."""
        if self.is_alone:
            yield
            return
        path = self.seat.path
        async with trio.open_nursery() as nursery, open_peer_door(path, self.handlers, self._room):
            self._nursery = nursery
            yield
            self._nursery = None
            nursery.cancel_scope.cancel()
