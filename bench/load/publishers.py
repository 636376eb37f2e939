"""Publishers of `bench rtb`, in a process of their own: they ping over kept connections.

Reads an order a line (JSON) and answers each with what it saw. With a rate it is an open loop:
times count from when a ping should have been sent, whatever became of those before.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import uvloop

from bench.load.asking import Connection
from bench.load.metronome import moments
from bench.tools.histogram import Histogram

CONNECTIONS_MAX = 1000  # Pings at once; more is a server that does not answer any more.
GIVE_UP_S = 5.0


@dataclass(frozen=True, slots=True)
class Order:
    port: int
    path: str  # With {n} where the caller's number stands.
    rate: float  # A second; 0: each connection asks again when it is answered.
    seconds: float
    connections: int
    seed: int
    first: int  # The number of the first caller.
    timeout_ms: float = 1e9  # A bid after that is late.


@dataclass(slots=True)
class Seen:
    took: Histogram = field(default_factory=Histogram)
    late: Histogram = field(default_factory=Histogram)  # How late pings were sent.
    bids: int = 0
    late_bids: int = 0
    others: int = 0
    lost: int = 0  # No answer at all.


class Client:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.seen = Seen()
        self._idle: deque[Connection] = deque()
        self._open = 0
        self._waiting = 0
        self._count = order.first

    async def run(self) -> Seen:
        """Carry out the order, and return what was seen."""
        await asyncio.gather(*(self._connect() for _ in range(self.order.connections)))
        if self.order.rate:
            await self._at_a_rate()
        else:
            await self._as_fast_as_can_be()
        until = time.perf_counter() + GIVE_UP_S
        while self._waiting and time.perf_counter() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.seen.lost = self._waiting
        for connection in self._idle:
            connection.transport.close()
        return self.seen

    async def _at_a_rate(self) -> None:
        begin = time.perf_counter()
        for at in moments(self.order.rate, self.order.seconds, self.order.seed):
            wait_s = begin + at - time.perf_counter()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self.seen.late.record(max(0.0, time.perf_counter() - begin - at) * 1000)
            if not self._idle and self._open < CONNECTIONS_MAX:
                await self._connect()
            if self._idle:
                self._ask(self._idle.popleft(), begin + at)
            else:
                self.seen.others += 1

    async def _as_fast_as_can_be(self) -> None:
        until = time.perf_counter() + self.order.seconds
        while self._idle:
            self._again(self._idle.popleft(), until)
        await asyncio.sleep(self.order.seconds)

    def _again(self, connection: Connection, until: float) -> None:
        self._ask(connection, time.perf_counter(), lambda: self._again(connection, until), until)

    def _ask(
        self,
        connection: Connection,
        since: float,
        then: Callable[[], None] | None = None,
        until: float = 0.0,
    ) -> None:
        self._waiting += 1
        self._count += 1

        def done(body: bytes) -> None:
            now = time.perf_counter()
            self._waiting -= 1
            took_ms = (now - since) * 1000
            self.seen.took.record(took_ms)
            if b'"outcome":"bid"' in body:
                self.seen.bids += 1
                self.seen.late_bids += took_ms > self.order.timeout_ms
            else:
                self.seen.others += 1
            if then is not None and now < until:
                then()
            else:
                self._idle.append(connection)

        path = self.order.path.replace("{n}", f"{2000000 + self._count % 7_000_000:07d}")
        connection.ask(path, done)

    async def _connect(self) -> None:
        self._open += 1
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(Connection, "127.0.0.1", self.order.port)
        self._idle.append(made)


def main() -> None:
    """Serve orders until standard input closes."""
    for line in sys.stdin:
        order = Order(**json.loads(line))
        cpu_s, seen = time.process_time(), uvloop.run(Client(order).run())
        told = asdict(seen) | {"took": seen.took.told(), "late": seen.late.told()}
        told["cpu_share"] = (time.process_time() - cpu_s) / order.seconds
        print(json.dumps(told), flush=True)  # noqa: T201  The parent waits for it.


if __name__ == "__main__":
    main()
