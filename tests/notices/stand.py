"""A courier between a real database, a real mail server and real receivers."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from aiosmtpd.controller import Controller

from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.notices.courier import Courier
from auctiond.notices.mail import Mailer, MailOptions
from auctiond.notices.webhook import bind_webhooks
from auctiond.pg.door import open_pg
from auctiond.pg.notices import NoticeBook
from market.network import Buyer, Network, Publisher
from market.notices import Webhook
from tests.net.servers import wire

KEYS = {"env:ONE": "whsec_" + "A" * 32, "env:TWO": "whsec_" + "B" * 32}
DATA = {"balance": "4.20", "threshold": "25.00", "currency": "USD"}
SENDER = "calls@network.example"


class Mailbox:
    """What a mail server took, and how it answers."""

    def __init__(self) -> None:
        self.letters: list = []
        self.answers: list[str] = []  # In turn; afterwards all is well.
        self.refuses: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuses:
            return "550 no such user here: " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.letters.append((envelope.rcpt_tos, envelope.content))
        return answer


@contextmanager
def mail_server(**more: object) -> Iterator[tuple[Mailbox, MailOptions]]:
    """Run a mail server on loopback while the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, "127.0.0.1", port, **more)
    controller.start()
    try:
        options = MailOptions("127.0.0.1", port, tls="off", sender=SENDER)
        yield box, replace(options, operator=("ops@network.example",))
    finally:
        controller.stop()


@dataclass
class Stand:
    book: NoticeBook
    courier: Courier
    clock: list[int]  # Unix milliseconds.

    def later(self, seconds: float) -> None:
        self.clock[0] += int(seconds * 1000)

    async def tell(self, kind="wallet.low", subject="acme", data=DATA, event="1") -> bool:
        return await self.book.tell(kind, subject, data, event)

    async def carry(self) -> None:
        """Let the courier look until nothing is due."""
        while await self.courier.look():
            pass

    async def channels(self) -> list[dict]:
        (first, *_) = await self.book.recent(10, None, None)
        return first.channels

    async def how(self) -> list[tuple[str, str, str, int]]:
        found = await self.channels()
        return [(one["channel"], one["outcome"], one["reason"], one["tries"]) for one in found]


@dataclass
class Parties:
    acme: Buyer = field(
        default_factory=lambda: Buyer("acme", "Acme <Solar> & Co", emails=("pay@acme.example",))
    )
    webhooks: tuple[Webhook, ...] = ()


@asynccontextmanager
async def stand(
    pg_url: str, mail: MailOptions | None = None, parties: Parties | None = None
) -> AsyncIterator[Stand]:
    """Open a courier whose clock stands still."""
    who = parties or Parties()
    network = Network("Our network", (), (Publisher("pub", "Pub"),), (), (who.acme,), ())
    bound = bind_webhooks(who.webhooks, KEYS.__getitem__)
    assert not bound.problems
    edition = SimpleNamespace(snapshot=SimpleNamespace(network=network), webhooks=bound.webhooks)
    async with open_pg(pg_url) as pg, wire() as open_wire:
        clock = [(await pg.fetch_value("SELECT extract(epoch FROM now())::bigint * 1000")) + 5000]
        book = NoticeBook(pg)
        mailer = Mailer(mail or MailOptions())
        courier = Courier(
            book,
            SimpleNamespace(current=edition),
            mailer,
            open_wire,
            Metrics(),
            Log("test"),
            lambda: clock[0],
        )
        yield Stand(book, courier, clock)
