"""An asyncio loop in a thread of its own, for the one library that needs one (asyncpg).

Chosen over trio-asyncio after measuring: twice the queries per second, and it changes
nothing for the rest of the program (importing trio_asyncio patches asyncio itself).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Generic, TypeVar, TypeVarTuple

import outcome
import trio
import uvloop

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
CANCEL_S = 5.0  # How long the other side may take to notice that we gave up.


class _Call(Generic[T]):
    """One await on the other side. Its `done` is set whatever becomes of it, started or not."""

    __slots__ = ("_start", "_task", "_token", "done", "result")

    def __init__(self, start: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._start = start
        self._token = trio.lowlevel.current_trio_token()
        self._task: asyncio.Task[T] | None = None
        self.done = trio.Event()
        self.result: outcome.Outcome[T] | None = None

    def begin(self) -> None:
        """Start it. Called over there."""
        self._task = asyncio.get_running_loop().create_task(self._start())
        self._task.add_done_callback(self._tell)

    def cancel(self) -> None:
        """Cancel it. Called over there, so always after `begin`."""
        if self._task is not None:
            self._task.cancel()

    def _tell(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            error = task.exception()
            self.result = outcome.Error(error) if error else outcome.Value(task.result())
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self.done.set)


class AsyncioThread:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    async def run(self, fn: Callable[[*Ts], Coroutine[Any, Any, T]], *args: *Ts) -> T:
        """Await `fn(*args)` over there. Cancelling here cancels it there, and waits for that.

        What was done before the cancelling arrived is returned all the same.
        """
        call = _Call(partial(fn, *args))
        self._loop.call_soon_threadsafe(call.begin)
        try:
            await call.done.wait()
        except trio.Cancelled:
            self._loop.call_soon_threadsafe(call.cancel)
            with trio.move_on_after(CANCEL_S, shield=True):
                await call.done.wait()
            if not isinstance(call.result, outcome.Value):
                raise
        if call.result is None:
            raise RuntimeError("the asyncio thread was closed while it was in use")
        return call.result.unwrap()


@asynccontextmanager
async def open_asyncio_thread() -> AsyncIterator[AsyncioThread]:
    """Run a loop in a thread for as long as the block lasts."""
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="asyncio", daemon=True)
    thread.start()
    other = AsyncioThread(loop)
    try:
        yield other
    finally:
        with trio.move_on_after(CANCEL_S, shield=True):
            await other.run(_cancel_all)
        loop.call_soon_threadsafe(loop.stop)
        with trio.move_on_after(CANCEL_S, shield=True):
            await trio.to_thread.run_sync(thread.join)
        if not thread.is_alive():
            loop.close()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
