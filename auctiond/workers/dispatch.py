"""A carrier's webhook came to some worker: which one leads its call, and how it gets there.

The worker that leads the call stores the webhook and says how it is answered, so what was
acknowledged is stored, and was heard by who must hear it. While a worker is being replaced, what is
for its calls waits a moment, and is then refused: the carrier brings it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import trio

from auctiond.workers.fleet import Fleet
from auctiond.workers.hints import hinted
from auctiond.workers.link import PeerAway
from auctiond.workers.peer_door import Answer
from market.phone import Arrived, CarrierEvent
from telephony._carrier import Webhook

# A worker is replaced in less, and carriers wait some seconds for an answer. To store a webhook and
# wait for its document takes less too: cut off in that, a call would end at its carrier.
HOLD_S = 4.0
PlaceNew = Callable[[Arrived], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a webhook is answered with."""

    status: int
    title: str
    detail: str = ""
    body: bytes = b""  # Of a 200.
    content_type: str = ""


AWAY = Verdict(503, "not_open", "The worker that leads this call is being replaced.")


class Here(Protocol):
    """The worker's own part in it."""

    def knows(self, news: CarrierEvent) -> bool:
        """Tell whether the call of `news` is led here."""
        ...

    async def take(self, name: str, webhook: Webhook, news: Sequence[CarrierEvent]) -> Verdict:
        """Store a genuine webhook, and tell its call."""
        ...

    def read(self, name: str, webhook: Webhook) -> Sequence[CarrierEvent]:
        """Read a genuine webhook again."""
        ...


@dataclass(frozen=True, slots=True)
class Dispatch:
    fleet: Fleet
    here: Here
    place_new: PlaceNew

    async def give(self, name: str, webhook: Webhook, news: Sequence[CarrierEvent]) -> Verdict:
        """Give a genuine webhook to whoever leads its call, and return the answer."""
        with trio.move_on_after(HOLD_S):
            while True:
                changed = self.fleet.changed
                verdict = await self._try(name, webhook, news)
                if verdict is not None:
                    return verdict
                await changed.wait()
        return AWAY

    async def hear(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        """Take a webhook that another worker accepted; no answer: its call is not led here."""
        name, headers, query, received_ms, is_new = meta
        webhook = Webhook(body, headers, query, received_ms)
        news = self.here.read(name, webhook)
        if not is_new and not self.here.knows(news[0]):
            return Answer()
        verdict = await self.here.take(name, webhook, news)
        told = [verdict.status, verdict.title, verdict.detail, verdict.content_type]
        return Answer(told, verdict.body)

    async def _try(
        self, name: str, webhook: Webhook, news: Sequence[CarrierEvent]
    ) -> Verdict | None:
        """Return the answer; None: nobody can tell at present, as a worker is being replaced."""
        first, mine = news[0], self.fleet.seat.slot
        # With a hint it is no new call: its carrier was told to ask again at an address of ours.
        if isinstance(first, Arrived) and hinted(webhook.query) is None:
            slot = await self.place_new(first)
            if slot == mine:
                return await self.here.take(name, webhook, news)
            try:
                return await self._ask(slot, name, webhook, is_new=True)
            except PeerAway:
                return None
        for slot in self._slots(webhook, first):
            try:
                verdict = await self._ask(slot, name, webhook, is_new=False)
            except PeerAway:
                return None
            if verdict is not None:
                return verdict
        if len(self.fleet.members) < self.fleet.seat.workers:
            return None
        return await self.here.take(name, webhook, news)  # Of a call that is over, or never was.

    def _slots(self, webhook: Webhook, news: CarrierEvent) -> Iterator[int]:
        """Yield where the call may be: as its URL says, where it was placed, anywhere else."""
        others = self.fleet.others()
        likely = (hinted(webhook.query), self.fleet.place(key_of(news)))
        first = [slot for slot in dict.fromkeys(likely) if slot in others]
        yield from first
        yield from (slot for slot in others if slot not in first)

    async def _ask(self, slot: int, name: str, webhook: Webhook, *, is_new: bool) -> Verdict | None:
        headers = dict(webhook.headers)
        meta = (name, headers, webhook.query, webhook.received_ms, is_new)
        answer = await self.fleet.ask(slot, "hook", meta, webhook.body)
        if answer.meta is None:
            return None
        status, title, detail, content_type = answer.meta
        return Verdict(status, title, detail, answer.body, content_type)


def key_of(news: CarrierEvent) -> str:
    """Return by what a call is placed, whatever is told of it first."""
    return f"{news.carrier}|{news.call_ref}"
