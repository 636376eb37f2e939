"""What the workers know of calls that no query tells of yet, and what live ones are to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import trio

from actors.call_desk import CallDesk
from actors.shelter import Shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.call_view import summary
from auctiond.calls.event_codec import from_row, to_data
from auctiond.metrics import Metrics
from auctiond.workers.fleet import Fleet
from auctiond.workers.peer_door import Answer
from market.call import Event


@dataclass(frozen=True, slots=True)
class Elsewhere:
    fleet: Fleet
    desk: CallDesk
    call_log: CallLog
    shelter: Shelter
    metrics: Metrics
    tally: Counter[str]  # Calls ended here.

    def begin(self) -> None:
        """Answer the others from now on."""
        self.fleet.handlers |= {
            "live": self._give_live,
            "status": self._give_status,
            "tell": self._hear_event,
        }

    async def summaries(self, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
        """Return the calls of `ids` that live, or just ended, here or in other workers."""
        found = self._here(ids)
        left = [str(id_) for id_ in ids if id_ not in found]
        if self.fleet.is_alone or not left:
            return found
        answers = await self.fleet.ask_all("live", None, orjson.dumps(left))
        told = [orjson.loads(answer.body) for answer in answers]
        return found | {UUID(id_): line for lines in told for id_, line in lines.items()}

    async def status(self) -> tuple[int, Counter[str]]:
        """Return how many calls live, and how those ended that the workers have seen, of all."""
        live, ended = len(self.desk.live()), Counter(self.tally)
        for answer in await self.fleet.ask_all("status"):
            more, tally = answer.meta
            live += more
            ended.update(tally)
        return live, ended

    def tell(self, call_id: UUID, event: Event) -> bool:
        """Tell a call, wherever it lives. Never waits. Raises trio.WouldBlock as the desk does."""
        if self.desk.tell(call_id, event) or self.fleet.is_alone:
            return self.desk.find(call_id) is not None
        told = [str(call_id), type(event).__name__, to_data(event)]
        ask = partial(self.fleet.ask_all, "tell", None, orjson.dumps(told))
        self.shelter.start("tell", ask)
        return False

    def _here(self, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
        live = (self.desk.find(id_) for id_ in ids)
        ends = self.call_log.ends()
        return {call.id: summary(call) for call in live if call is not None} | {
            id_: ends[id_] for id_ in ids if id_ in ends
        }

    async def _give_live(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        found = self._here([UUID(id_) for id_ in orjson.loads(body)])
        lines = {str(id_): line for id_, line in found.items()}
        return Answer(None, orjson.dumps(lines, default=str))

    async def _give_status(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        return Answer([len(self.desk.live()), dict(self.tally)])

    async def _hear_event(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        call_id, kind, data = orjson.loads(body)
        try:
            self.desk.tell(UUID(call_id), from_row(kind, data))
        except trio.WouldBlock:
            self.metrics.events_dropped("mailbox_full").inc()
        return Answer()
