"""`python -m bench.load.buyers COUNT SEED [KEY_FILE]`: buyers of all kinds, as cheap as can be.

The first is dead, the second ten times slower, the third flapping, by the laws of the sandbox; the
rest answer in some 15 ms. With a key and its certificate they speak TLS, which the sandbox's buyers
do not. On the control port `GET /sent` tells when each bid had left, `POST /reset` forgets it.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import sys
from collections.abc import Sequence
from functools import partial
from itertools import count

import uvloop

from auctiond.sandbox.buyers.laws import LAWS, delays, vice
from auctiond.sandbox.buyers.stats import SentLog
from bench.harness import BID
from bench.load.alike import Buyer, http_answer

KINDS = ("dead", "slow", "flapping")  # Of the first; all others are fast.
ERROR = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"


class Shop:
    """One buyer: whose turn it is to be answered how, on whatever connection."""

    def __init__(self, number: int, seed: int, sent: SentLog) -> None:
        self.number, self.sent = number, sent
        self._law = LAWS[KINDS[number] if number < len(KINDS) else "fast"]
        self._delays = delays(self._law)
        self._chance = random.Random(f"{seed}/{number}")
        self._pings = count()

    def turn(self) -> tuple[str, float]:
        """Return what is wrong with the next answer, and after how many seconds it goes out."""
        return vice(self._law, next(self._pings)), self._chance.choice(self._delays)


class LawfulBuyer(Buyer):
    """A connection to a shop."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(http_answer(BID), partial(float))
        self._shop = shop

    def message(self, head: bytes, body: bytes) -> None:
        """Answer as the shop's law has it; silence is no answer."""
        wrong, delay_s = self._shop.turn()
        loop = asyncio.get_running_loop()
        if wrong == "error":
            loop.call_later(delay_s, self.transport.write, ERROR)
        elif wrong == "answer":
            auction = body.partition(b'"auction":"')[2].partition(b'"')[0].decode()
            loop.call_later(delay_s, self._bid, auction)

    def _bid(self, auction: str) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(http_answer(BID))
        # uvloop sends at the end of its turn: so the next one is late enough, and none too early.
        loop = asyncio.get_running_loop()
        loop.call_soon(self._shop.sent.add, self._shop.number, auction)


class Control(Buyer):
    """Tells what was sent, and forgets it."""

    def __init__(self, sent: SentLog) -> None:
        super().__init__(b"", partial(float))
        self._sent = sent

    def data_received(self, data: bytes) -> None:
        """Do what is asked; requests here are short, and come in one piece."""
        told = json.dumps({"sent": self._sent.told()} if data.startswith(b"GET") else {})
        if not data.startswith(b"GET"):
            self._sent.clear()
        self.transport.write(http_answer(told.encode()))


async def serve(count_: int, seed: int, key_file: str) -> None:
    """Be the buyers, until standard input closes."""
    loop, sent, context = asyncio.get_running_loop(), SentLog(), None
    if key_file:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key_file)
    doors = [partial(LawfulBuyer, Shop(number, seed, sent)) for number in range(count_)]
    servers = [await loop.create_server(door, "127.0.0.1", 0, ssl=context) for door in doors]
    control = await loop.create_server(partial(Control, sent), "127.0.0.1", 0)
    ports = [each.sockets[0].getsockname()[1] for each in (*servers, control)]
    print(json.dumps({"ports": ports[:-1], "control": ports[-1]}), flush=True)  # noqa: T201
    await loop.run_in_executor(None, sys.stdin.read)


def main(arguments: Sequence[str]) -> None:
    """Read the command line."""
    uvloop.run(serve(int(arguments[0]), int(arguments[1]), "".join(arguments[2:])))


if __name__ == "__main__":
    main(sys.argv[1:])
