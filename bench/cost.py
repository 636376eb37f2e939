"""What the parts of a call cost, in pings: CPU of each in turns, in one process and one run.

- floor_us: a ping that is only written and read, by a raw loop under trio (as in `bench wire`).
- ping_us: a ping over the wire. auction_us: a server's auction of 20 pings, all of which bid.
- webhook_us: from the socket to its call, signed, and answered. empty_us: the same request,
  answered by a handler that does nothing, by the same web server.
- refusal_us: the first webhook of a call that an overloaded server does not take.
  refusal_per_auction: what it is over an auction; the less, the more is left for those it takes.
- entry_us: one move of the ledger on one hot wallet, the database's share included.
- auction_per_pings: an auction over its 20 pings. call_per_pings: an auction, 10 webhooks and two
  entries over the 20 pings: a call but for the commands to the carrier.

Why: a ping's CPU is the unit in which a server is sized; what costs many of them is worth mending.

Cannot say: how it is when they share a CPU under load (`bench auction`, `bench webhooks`), or
anything about the clock. The inbox and the call log are fakes here; their batches are cheap.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from bench.gate import probe_auction, probe_entry, probe_ping, probe_webhook
from bench.gate.probe import Probe, us_each
from bench.harness import Bars, Latency, Result, buyers, median, median_ratio
from bench.load.clients import floor_of
from bench.stages.shops import LAWS

ROUNDS, ROUNDS_QUICK = 20, 8
PINGS = len(LAWS)
WEBHOOKS, ENTRIES = 10, 2  # Of a call that is sold.


async def measure(quick: bool) -> Result:
    """Return microseconds of each, and what they are in pings."""
    took: dict[str, list[float]] = {}
    async with AsyncExitStack() as stack:
        webhooks = await stack.enter_async_context(probe_webhook.open_probes())
        probes = {
            "floor": await stack.enter_async_context(_floor()),
            "ping": await stack.enter_async_context(probe_ping.open_probe()),
            "auction": await stack.enter_async_context(probe_auction.open_probe()),
            "webhook": webhooks.webhook,
            "refusal": webhooks.refusal,
            "empty": webhooks.empty,
            "entry": await stack.enter_async_context(probe_entry.open_probe()),
        }
        for probe in probes.values():
            await us_each(probe)  # Connects, and warms up.
        for _ in range(ROUNDS_QUICK if quick else ROUNDS):
            for name, probe in probes.items():
                took.setdefault(name, []).append(await us_each(probe))
    parts = zip(took["auction"], took["webhook"], took["entry"], strict=True)
    calls = [auction + WEBHOOKS * webhook + ENTRIES * entry for auction, webhook, entry in parts]
    pings = [PINGS * ping for ping in took["ping"]]
    us = {name: median(found) for name, found in took.items()}
    drawn = {
        "its 20 pings": median(pings),
        "its auction, of 20": us["auction"],
        "10 webhooks": WEBHOOKS * us["webhook"],
        "2 moves of money": ENTRIES * us["entry"],
    }
    return Result(
        figures={f"{name}_us": each for name, each in us.items()},
        ratios={
            "auction_per_pings": median_ratio(took["auction"], pings),
            "call_per_pings": median_ratio(calls, pings),
            "refusal_per_auction": median_ratio(took["refusal"], took["auction"]),
            "webhook_per_empty": median_ratio(took["webhook"], took["empty"]),
            "share_of_floor": median_ratio(took["floor"], took["ping"]),
        },
        curves=(Bars("CPU of the parts of a call", "microseconds", drawn),),
    )


@asynccontextmanager
async def _floor() -> AsyncIterator[Probe]:
    with buyers(probe_ping.BUYERS, Latency()) as ports:
        requests = [probe_ping.request_to(port) for port in ports]
        async with floor_of(requests, ports) as ping:
            yield Probe(partial(probe_ping.ping_all, ping, len(ports)))
