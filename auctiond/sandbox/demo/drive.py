"""Places the demo's calls as callers do, and follows them until all are over."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import trio

from auctiond.sandbox.demo.cards import card_money
from auctiond.sandbox.demo.figures import Witnesses
from auctiond.sandbox.demo.money_out import settle_up
from auctiond.sandbox.demo.recordings import recordings
from auctiond.sandbox.demo.stage import NUMBERS, DemoOptions, Stage, checked
from auctiond.sandbox.network import DOORS, tracking_numbers
from auctiond.sandbox.publisher import asks_first, offered
from auctiond.sandbox.script import callers

POLL_S = 0.5
ROWS = 40  # The newest calls; the board shows as many as fit the screen.
QUIET_S = 60.0  # After the last call was placed: the longest ring, talk and fallback.
PAGE = 500
OPEN_MAX = 40  # Questions to the API at once, at the end.

Show = Callable[[dict[str, Any]], None]


async def place_calls(stage: Stage, options: DemoOptions, placed: list[str]) -> None:
    """Place all calls at random moments, `rate_per_s` on average."""
    rng = Random(options.seed)
    at = trio.current_time()
    numbers = [number.number for number in tracking_numbers(NUMBERS)]
    for n, order in enumerate(callers(options.seed, options.calls, numbers)):
        at += -math.log(1 - rng.random()) / options.rate_per_s
        await trio.sleep_until(at)
        if asks_first(options.seed, n, options.rtb_percent):
            order = await offered(stage.carrier, stage.url, DOORS[n % len(DOORS)], order)
        told = await checked(stage.carrier.post("/sandbox/calls", json=order))
        placed.append(told["call_session_id"])


async def follow(stage: Stage, options: DemoOptions, show: Show) -> list[str]:
    """Place the calls and show how they go, until all are over; return their sessions."""
    placed: list[str] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(place_calls, stage, options, placed)
        deadline = trio.current_time() + options.calls / options.rate_per_s + QUIET_S
        with trio.move_on_at(deadline):
            while not await _all_over(stage, options, placed, show):  # noqa: ASYNC110 It is far away.
                await trio.sleep(POLL_S)
        nursery.cancel_scope.cancel()
    return placed


async def _all_over(stage: Stage, options: DemoOptions, placed: list[str], show: Show) -> bool:
    calls = (await checked(stage.server.get("/v1/calls", params={"limit": ROWS})))["calls"]
    status = await checked(stage.server.get("/v1/status"))
    totals = await checked(stage.server.get("/v1/ledger/totals"))
    show({"placed": len(placed), "calls": calls, "totals": totals} | status)
    over = sum(status["ended"].values())
    return bool(over >= options.calls and status["live"] == 0 and totals["open_holds"] == 0)


async def gather(stage: Stage, placed: list[str], wall_s: float, *, sip: bool = False) -> Witnesses:
    """Ask everybody what they saw."""
    records: list[Any] = []
    limiter = trio.CapacityLimiter(OPEN_MAX)

    async def fetch(call_id: str) -> None:
        async with limiter:
            records.append(await checked(stage.server.get(f"/v1/calls/{call_id}")))

    async with trio.open_nursery() as nursery:
        for call_id in await _call_ids(stage):
            nursery.start_soon(fetch, call_id)
    totals = await checked(stage.server.get("/v1/ledger/totals"))
    wallets = (await checked(stage.server.get("/v1/wallets")))["wallets"]
    money_out = await settle_up(stage.server, records)
    check = await checked(stage.server.post("/v1/ledger/verify"))
    truths = [await checked(stage.carrier.get(f"/sandbox/calls/{ref}")) for ref in placed]
    return Witnesses(
        placed=[str(truth["call_session_id"]) for truth in truths],
        calls=sorted(records, key=lambda call: str(call["id"])),
        truths=truths,
        posts=(await checked(stage.buyers.get("/posts")))["posts"],
        buyers=(await checked(stage.buyers.get("/stats")))["buyers"],
        totals=totals,
        verified=check["verified"],
        problems=check["problems"],
        wallets=wallets,
        paid_in=stage.paid_in,
        wall_s=wall_s,
        cards=await card_money(stage.server, stage.processor),
        money_out=money_out,
        recordings=await recordings(stage.server, stage.config.parent / "data" / "recordings"),
        failed_phones=await _failed_phones(stage) if sip else (),
    )


async def _failed_phones(stage: Stage) -> list[str]:
    failed: list[str] = (await checked(stage.carrier.get("/sandbox/failed")))["failed"]
    return failed


async def _call_ids(stage: Stage) -> list[str]:
    ids: list[str] = []
    while True:
        params: dict[str, Any] = {"limit": PAGE} | ({"before": ids[-1]} if ids else {})
        page = (await checked(stage.server.get("/v1/calls", params=params)))["calls"]
        ids += [call["id"] for call in page]
        if len(page) < PAGE:
            return ids
