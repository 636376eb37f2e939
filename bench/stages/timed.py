"""A server's hooks and its line to the carrier, timed: from what happened to the first command."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auctiond.carriers import Line
from auctiond.main import Server
from auctiond.web.hooks import Hooks
from bench.tools.histogram import Histogram
from market.phone import Command, LegStatus, Placed

SESSION, OCCURRED = b'"call_session_id":"', b'"occurred_at":"'


@dataclass(slots=True)
class Times:
    """From what a webhook tells of to the first command of its call."""

    at: dict[str, float] = field(default_factory=dict)
    took: Histogram = field(default_factory=Histogram)
    on: bool = False  # Where CPU is counted, nobody looks at the clock.

    def heard(self, session: str, occurred_ms: float) -> None:
        """A webhook came in: it counts from when it should have been sent."""
        self.at[session] = occurred_ms

    def told(self, session: str) -> None:
        """A command goes out: by the last webhook before it, if that was not answered for."""
        occurred_ms = self.at.pop(session, None)
        if occurred_ms is not None:
            self.took.record(max(0.0, time.time() * 1000 - occurred_ms))


class TimedLine:
    """The line to the carrier, timed."""

    def __init__(self, line: Line, server: Server, times: Times) -> None:
        self._line, self._server, self._times = line, server, times

    async def send(self, command: Command) -> Placed | None:
        if self._times.on:
            self._times.told(self._server.base.leads.get(command.call_id).call_ref)
        return await self._line.send(command)

    async def status(self, ref: str) -> LegStatus:
        return await self._line.status(ref)


class TimedHooks:
    """The hooks, timed; all else is theirs."""

    def __init__(self, hooks: Hooks, times: Times) -> None:
        self._hooks, self._times = hooks, times

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  Whatever the hooks have.
        return getattr(self._hooks, name)

    async def receive(
        self, name: str, body: bytes, headers: Mapping[str, str], query: str = ""
    ) -> Any:  # noqa: ANN401  As the hooks have it.
        if self._times.on:
            occurred = datetime.fromisoformat(_text(body, OCCURRED))
            self._times.heard(_text(body, SESSION), occurred.timestamp() * 1000)
        return await self._hooks.receive(name, body, headers, query)


def _text(body: bytes, name: bytes) -> str:
    return body.partition(name)[2].partition(b'"')[0].decode()
