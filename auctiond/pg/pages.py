"""Long tables, page by page: several connections check them at a time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import trio

from auctiond.pg.door import Pg, Row


class Pages:
    """Pages that several work off: each is found after the one before, and checked apart."""

    def __init__(
        self,
        find: Callable[[Pg, Row | None], Awaitable[Row | None]],
        check: Callable[[Pg, Row | None, Row], Awaitable[None]],
    ) -> None:
        self._find = find
        self._check = check
        self._one_at_a_time = trio.Lock()
        self._last: Row | None = None
        self._is_over = False
        self._start_s = time.monotonic()
        self.took_s = 0.0

    async def work_off(self, pg: Pg) -> None:
        """Check pages until there is none."""
        while not self._is_over:
            async with self._one_at_a_time:
                before = self._last
                page = None if self._is_over else await self._find(pg, before)
                self._is_over, self._last = page is None, page
            if page is not None:
                await self._check(pg, before, page)
            self.took_s = time.monotonic() - self._start_s


async def work_off(pg: Pg, mine: Pages, others: Pages) -> None:
    """Check all of one kind, then help with the other."""
    await mine.work_off(pg)
    await others.work_off(pg)
