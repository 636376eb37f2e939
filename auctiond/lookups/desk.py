"""Asks who may be called: from what is known and not too old, else the service. In doubt, no."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import trio

from auctiond.logs import Log
from auctiond.lookups.binding import BoundLookup
from auctiond.metrics import Metrics
from auctiond.pg.errors import PgAway, PgError
from compliance.lookup import Answer, read_answer, write_question
from market.http import HttpReply, HttpRequest

DAY_MS = 86_400_000


class Link(Protocol):
    async def ask(self, request: HttpRequest, deadline_s: float) -> HttpReply | None: ...


class Cache(Protocol):
    async def keep(
        self, number_index: bytes, lookup: str, answer: str, at_ms: int, gone_ms: int
    ) -> None: ...
    async def answers(self, number_index: bytes, now_ms: int) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class LookupDesk:
    link: Link
    cache: Cache
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]

    async def ask(
        self,
        number: str,
        index: bytes,
        names: Sequence[str],
        bound: Mapping[str, BoundLookup],
        deadline: float,
    ) -> Mapping[str, str]:
        """Return what each of `names` says of `number`: "clear", "listed" or "unknown".

        They are asked at once, and none waits for another: who has not answered by `deadline`, on
        trio's clock, is "unknown".
        """
        if not names:
            return {}
        answers: dict[str, str] = dict.fromkeys(names, "unknown")

        async def look(name: str) -> None:
            await self._look(name, number, index, bound.get(name), answers)

        with trio.move_on_at(deadline):
            kept = await self._kept(index)
            async with trio.open_nursery() as nursery:
                for name in names:
                    if name in kept:
                        answers[name] = kept[name]
                        self.metrics.lookups(name, "kept").inc()
                    else:
                        nursery.start_soon(look, name)
        for name in names:
            if answers[name] == "unknown":
                self.metrics.lookups(name, "unknown").inc()
                self.log.warning("lookup.unknown", lookup=name)
        return answers

    async def _look(
        self,
        name: str,
        number: str,
        index: bytes,
        bound: BoundLookup | None,
        answers: dict[str, str],
    ) -> None:
        """Ask the service. What could not be understood is not kept: it is asked again."""
        if bound is None:
            return
        question = write_question(bound.form, number, bound.secrets, bound.lookup.url)
        reply = await self.link.ask(question, bound.lookup.deadline_s)
        answer: Answer = "unknown" if reply is None else read_answer(bound.form, reply)
        if answer == "unknown":
            return
        answers[name] = answer  # It stands, even if there is no time left to keep it.
        self.metrics.lookups(name, answer).inc()
        await self._keep(index, name, answer, bound.lookup.keep_days)

    async def _kept(self, index: bytes) -> Mapping[str, str]:
        """Return what is known already: nothing, where the cache cannot be read."""
        try:
            return await self.cache.answers(index, self.now_ms())
        except (PgAway, PgError) as error:
            self.log.warning("lookup.cache", reason=type(error).__name__)
            return {}

    async def _keep(self, index: bytes, name: str, answer: Answer, days: int) -> None:
        now_ms = self.now_ms()
        try:
            await self.cache.keep(index, name, answer, now_ms, now_ms + days * DAY_MS)
        except (PgAway, PgError) as error:
            self.log.warning("lookup.cache", lookup=name, reason=type(error).__name__)
