"""Asks who may be called: from what is known and not too old, else the service. In doubt, no."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import trio

from auctiond.logs import Log
from auctiond.lookups.binding import BoundLookup
from auctiond.metrics import Metrics
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
        self, number: str, index: bytes, names: Sequence[str], bound: Mapping[str, BoundLookup]
    ) -> Mapping[str, str]:
        """Return what each of `names` says of `number`: "clear", "listed" or "unknown"."""
        if not names:
            return {}
        answers = dict(await self.cache.answers(index, self.now_ms()))

        async def look(name: str) -> None:
            answers[name] = await self._look(name, number, index, bound.get(name))

        async with trio.open_nursery() as nursery:
            for name in names:
                if name not in answers:
                    nursery.start_soon(look, name)
                else:
                    self.metrics.lookups(name, "kept").inc()
        return answers

    async def _look(
        self, name: str, number: str, index: bytes, bound: BoundLookup | None
    ) -> Answer:
        """Ask the service. What could not be understood is not kept: it is asked again."""
        answer: Answer = "unknown"
        if bound is not None:
            question = write_question(bound.form, number, bound.secrets, bound.lookup.url)
            reply = await self.link.ask(question, bound.lookup.deadline_s)
            answer = "unknown" if reply is None else read_answer(bound.form, reply)
        self.metrics.lookups(name, answer).inc()
        if answer == "unknown" or bound is None:
            self.log.warning("lookup.unknown", lookup=name)
            return answer
        now_ms = self.now_ms()
        await self.cache.keep(index, name, answer, now_ms, now_ms + bound.lookup.keep_days * DAY_MS)
        return answer
