"""One worker: takes its seat, serves, and stops when it is told, or when its supervisor is gone."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import trio

from auctiond.garbage import settle_garbage
from auctiond.keys.key_file import KeyFileError
from auctiond.logs import Log, set_up_logs
from auctiond.main import Server, open_server, why_not_ready
from auctiond.pg.claims import Fenced
from auctiond.pg.errors import PgAway
from auctiond.serving import BACKLOG, allow_files, guards_of, serve_web
from auctiond.start_error import StartError, first_cause
from auctiond.web.app import make_app
from auctiond.web.metrics_app import make_metrics_app
from auctiond.workers.control import Control, Start, Words, read_members, read_start
from auctiond.workers.fleet import Fleet
from auctiond.workers.relay import make_relay

BEAT_S = 1.0
ORPHAN_S = 10.0  # Without a supervisor there is nobody to go on for; what is written is kept.
FAILED = 1


@dataclass(slots=True)
class Worker:
    control: Control
    listen: socket.socket
    metrics: Sequence[socket.socket]  # One for each seat.
    stop: trio.Event = field(default_factory=trio.Event)
    fleet: Fleet = field(default_factory=Fleet)

    async def run(self) -> int:
        """Wait for a seat, work in it, and return the exit code."""
        words = self.control.hear()
        await self.control.tell("loaded")
        start = await _seat(words)
        if start is None:
            return 0
        set_up_logs(start.settings.log_level, worker=start.seat.slot)
        allow_files()
        sys.setswitchinterval(start.settings.switch_interval_ms / 1000)
        try:
            return await self._work(start, words)
        except* (StartError, KeyFileError, Fenced, PgAway) as group:
            why = str(first_cause(group))
            Log("worker").error("worker.failed", why=why)
            await self.control.tell("failed", why=why)
        return FAILED

    async def _work(self, start: Start, words: AsyncIterator[Words]) -> int:
        self.fleet = Fleet(start.seat)
        self.fleet.update(start.members)
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._beat)
                nursery.start_soon(self._hear, words, nursery.cancel_scope)
                nursery.start_soon(self._watch, signals, nursery.cancel_scope)
                async with open_server(
                    start.settings, start.where, Log("server"), self.fleet
                ) as server:
                    settle_garbage()
                    await self._serve(server, start.seat.slot)
                nursery.cancel_scope.cancel()
        return 0

    async def _serve(self, server: Server, slot: int) -> None:
        app = server.fleet_part.in_front_of(make_app(server.doors))
        metrics = make_metrics_app(server.base.metrics, lambda: why_not_ready(server))
        self.listen.listen(BACKLOG)  # Else "ready" would come before the first connection can.
        guards = guards_of(server.base.settings, server.base.metrics)
        async with trio.open_nursery() as nursery:
            serve = partial(serve_web, relay=make_relay(self.fleet, app))
            nursery.start_soon(serve, app, self.listen, self.stop.wait, guards)
            if slot < len(self.metrics):
                nursery.start_soon(serve_web, metrics, self.metrics[slot], self.stop.wait)
            await self.control.tell("ready")
        server.base.log.info("server.stopping", calls=len(server.desk.live()))

    async def _beat(self) -> None:
        """Give signs of life."""
        while True:
            await self.control.tell("beat")
            await trio.sleep(BEAT_S)

    async def _hear(self, words: AsyncIterator[Words], scope: trio.CancelScope) -> None:
        async for told in words:
            if told["what"] == "members":
                self.fleet.update(read_members(told))
        Log("worker").error("supervisor.gone", worker=self.fleet.seat.slot)
        self.stop.set()
        scope.deadline = trio.current_time() + ORPHAN_S

    async def _watch(self, signals: AsyncIterator[int], scope: trio.CancelScope) -> None:
        """Drain at the first signal: no new calls, the foreman's work let go of; then stop."""
        async for _ in signals:
            if self.stop.is_set():
                scope.cancel()
                return
            await self.control.tell("draining")
            await self.fleet.resign()
            await self.control.tell("resigned")
            self.stop.set()


async def _seat(words: AsyncIterator[Words]) -> Start | None:
    """Return what the seat is; None: the supervisor stopped before there was one."""
    async for told in words:
        if told["what"] == "start":
            return read_start(told)
    return None


def open_worker(control: int, listen: int, *metrics: int) -> Worker:
    """Return a worker of open files that its parent left to it."""
    line = trio.SocketStream(trio.socket.from_stdlib_socket(socket.socket(fileno=control)))
    listening = socket.socket(fileno=listen)
    return Worker(Control(line), listening, [socket.socket(fileno=each) for each in metrics])
