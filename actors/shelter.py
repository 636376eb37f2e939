"""A place for tasks that may outlive a call, or fail without taking others with them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

JOB_AGAIN_S = 5.0  # What failed on a strange row will fail on it again: no hurry, and no end.

log = logging.getLogger(__name__)


class Shelter:
    """Runs tasks in the server's own nursery. A bug ends the task it is in, and is logged."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._server_nursery = nursery

    def start(self, name: str, fn: Callable[[], Awaitable[object]]) -> None:
        """Run `fn` to its end, whatever becomes of who asked for it."""
        self._server_nursery.start_soon(outlive, name, fn)


async def outlive(name: str, fn: Callable[[], Awaitable[object]]) -> bool:
    """Run `fn`, and return whether a bug ended it. That is logged."""
    try:
        await fn()
    except Exception:  # The one place that outlives a bug: other calls must go on.
        log.exception("task.crashed %s", name)
        return True
    return False


async def keep_up(job: Callable[[], Awaitable[object]]) -> None:
    """Run a job of the server's; after a bug again, and later: calls go on without it meanwhile."""
    name = getattr(job, "__qualname__", repr(job))
    while True:
        if not await outlive(name, job):
            return
        await trio.sleep(JOB_AGAIN_S)


@asynccontextmanager
async def open_shelter(*, drain_s: float) -> AsyncIterator[Shelter]:
    """On leaving, tasks in progress get `drain_s` to end by themselves."""
    async with trio.open_nursery() as nursery:
        yield Shelter(nursery)
        nursery.cancel_scope.deadline = trio.current_time() + drain_s
