"""A collector in a process of its own, to be killed."""

import sys

import trio

from auctiond.billing.stripe_link import open_stripe_link
from auctiond.keys.secret import Secret
from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import open_book
from auctiond.sandbox.stripe.options import StripeOptions
from tests.billing.bench import Bench
from tests.billing.counter import Clock, put_together


async def collect(database: str, stripe: str) -> None:
    """Look once at all that is due."""
    key = Secret(StripeOptions().api_key)
    async with (
        open_pg(database) as pg,
        open_book(pg) as book,
        open_stripe_link(key, stripe) as link,
    ):
        counter = put_together(pg, book, Bench(None, link, None), Clock())
        await counter.collector.look()


if __name__ == "__main__":
    trio.run(collect, *sys.argv[1:])
