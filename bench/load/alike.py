"""`python -m bench.load.alike`: buyers that all answer alike, as fast as Python can.

Each answers after a latency drawn from a seed; given a key, over TLS. bench/harness.py runs them.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import ssl
import sys
from collections.abc import Sequence
from functools import partial

import uvloop

from bench.harness import Latency
from bench.load.cheap_http import CheapHttp


def http_answer(body: bytes) -> bytes:
    """Return an answer as a usual server sends it."""
    head = (
        "HTTP/1.1 200 OK\r\nserver: buyer\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Buyer(CheapHttp):
    """Answers everything alike."""

    def __init__(self, answer: bytes, delay_s: partial[float]) -> None:
        self._answer = answer
        self._delay_s = delay_s

    def message(self, head: bytes, body: bytes) -> None:
        """Answer a request."""
        delay_s = self._delay_s()
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, self.transport.write, self._answer)
        else:
            self.transport.write(self._answer)


def _delay_s(chance: random.Random, latency: Latency) -> float:
    if latency.median_ms <= 0:
        return 0.0
    return chance.lognormvariate(math.log(latency.median_ms / 1000), latency.spread)


async def _serve(count: int, latency: Latency, answer: bytes, key_file: str) -> None:
    loop = asyncio.get_running_loop()
    context = None
    if key_file:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key_file)
    ports: list[int] = []
    for number in range(count):
        delay_s = partial(_delay_s, random.Random(f"{latency.seed}/{number}"), latency)
        buyer = partial(Buyer, answer, delay_s)
        server = await loop.create_server(buyer, "127.0.0.1", 0, ssl=context)
        ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)  # noqa: T201  The parent waits for this line.
    await loop.run_in_executor(None, sys.stdin.read)


def main(arguments: Sequence[str]) -> None:
    """Be the buyers, until standard input closes."""
    count, median_ms, spread, seed, body, key_file = arguments
    latency = Latency(float(median_ms), float(spread), int(seed))
    uvloop.run(_serve(int(count), latency, http_answer(body.encode()), key_file))


if __name__ == "__main__":
    main(sys.argv[1:])
