"""What each worker has in memory and all must agree on: told as it changes, and looked up again.

Balances and ping counts go out in a bundle every moment. What is lost on the way is mended by a
look into the database every few seconds. None of it is the truth about money: that is the ledger,
where nothing can be overshot whatever a worker believes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import trio

from actors.shelter import Shelter
from auctiond.calls.bank import Usage
from auctiond.calls.pauses import Pauses
from auctiond.logs import Log
from auctiond.networks.applying import Applying
from auctiond.pg.errors import PgAway
from auctiond.pg.ledger_book import PgBook
from auctiond.pg.target_events import TargetEvent
from auctiond.workers.fleet import Fleet
from auctiond.workers.peer_door import Answer
from routing.ping_caps import PingCount, PingCounts

TELL_EVERY_S = 0.05  # So long another worker may think that a cap, or a wallet, has more to give.
LOOK_EVERY_S = 5.0  # For what a bundle did not bring: one was lost, or two crossed each other.


@dataclass(frozen=True, slots=True)
class Sharing:
    fleet: Fleet
    usage: Usage
    pings: PingCounts
    pauses: Pauses
    applying: Applying
    book: PgBook
    shelter: Shelter
    log: Log
    now_ms: Callable[[], int]

    def begin(self) -> None:
        """Note from now on what the others have to know, and hear what they tell."""
        self.fleet.handlers |= {
            "news": self._hear_news,
            "target": self._hear_target,
            "network": self._hear_network,
            "counts": self._give_counts,
        }
        if not self.fleet.is_alone:
            self.usage.news, self.pings.news = {}, {}

    async def catch_up(self) -> None:
        """Take over the ping counts of a worker that has been there longer."""
        answers = await self.fleet.ask_all("counts")
        if answers:
            self.pings.restore(PingCount(*count) for count in orjson.loads(answers[0].body))
        elif self.fleet.others():
            self.log.warning("counts.not_told")

    async def run(self) -> None:
        """Tell the others what is new, for ever."""
        while True:
            await trio.sleep(TELL_EVERY_S)
            await self.tell()

    async def tell(self) -> None:
        """Tell the others what is new, once."""
        balances, pings = self.usage.news, self.pings.news
        if not balances and not pings:
            return
        self.usage.news, self.pings.news = {}, {}
        counts = [(count.meter, count.until_ms, count.pings) for count in (pings or {}).values()]
        await self.fleet.ask_all("news", None, orjson.dumps([balances, counts]))

    async def look(self) -> None:
        """Look into the database for what was missed, for ever."""
        while True:
            await trio.sleep(LOOK_EVERY_S)
            try:
                self.usage.hear(await self.book.balances())
                await self.applying.catch_up(await self.applying.networks.number())
            except PgAway:
                continue  # What is known stays.

    def tell_target(self, event: TargetEvent) -> None:
        """Tell the others what happened to a target. Never waits."""
        told = orjson.dumps(asdict(event))
        self.shelter.start("tell", partial(self.fleet.ask_all, "target", None, told))

    async def _hear_news(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        balances, counts = orjson.loads(body)
        self.usage.hear({name: (posted, held) for name, (posted, held) in balances.items()})
        self.pings.hear(PingCount(*count) for count in counts)
        return Answer()

    async def _hear_target(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        told = orjson.loads(body)
        self.pauses.hear(TargetEvent(**(told | {"id": UUID(told["id"])})))
        return Answer()

    async def _hear_network(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        await self.applying.catch_up(int(meta))
        return Answer()

    async def _give_counts(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        counts = self.pings.all(self.now_ms())
        return Answer(None, orjson.dumps([(one.meter, one.until_ms, one.pings) for one in counts]))
