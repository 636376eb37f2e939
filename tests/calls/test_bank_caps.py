"""What stays of a cap when a call has left a buyer: it depends on what the cap counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from market.call import HoldMade, HoldRefused, Outcome, Reached, Settlement
from market.ids import id_at
from market.limits import CAP_KINDS
from market.money import micros
from market.network import Cap
from tests.calls.kit import START_MS
from tests.calls.test_bank import CALL, MemoryBook, open_bank

CAPS = tuple(Cap(kind, "ever", micros(100) if kind == "money" else 1) for kind in CAP_KINDS)
UNITS = {kind: f"cap:first:{kind}/ever:ever" for kind in CAP_KINDS}


def settlement(outcome, reached):
    return Settlement(CALL.leg, CALL.bid, outcome, reached=reached)


def used(ledger):
    """Return what is used up for good; nothing may be held any more."""
    assert not [name for name, (_, held) in ledger.balances().items() if held]
    return [kind for kind, account in UNITS.items() if ledger.available(account)[0] < 0]


@pytest.mark.parametrize(
    ("outcome", "reached", "stays"),
    [
        (Outcome.RELEASE, Reached.NOBODY, []),
        (Outcome.RELEASE, Reached.RUNG, ["calls"]),
        (Outcome.RELEASE, Reached.ANSWERED, ["calls", "connects"]),
        (Outcome.CAPTURE, Reached.ANSWERED, list(CAP_KINDS)),
        (Outcome.CAPTURE, Reached.NOBODY, list(CAP_KINDS)),  # A person knew better.
    ],
)
async def test_a_unit_stays_used_when_the_call_came_as_far_as_the_cap_counts(
    autojump_clock, outcome, reached, stays
):
    async with open_bank(caps=CAPS, concurrency=1) as (bank, ledger):
        assert isinstance(await bank.hold(CALL, 7), HoldMade)
        for _ in range(2):  # Repeated, it counts once.
            await bank.settle(CALL, settlement(outcome, reached))
        assert used(ledger) == stays
        paid = micros(20) if outcome is Outcome.CAPTURE else 0
        assert ledger.available("wallet:first") == (micros(100) - paid, 0)
        assert ledger.sums().get("margin", 0) == paid * 3 // 10
        assert ledger.available("slot:first") == (0, 0)


@pytest.mark.parametrize("kind", CAP_KINDS)
async def test_what_is_under_way_is_inside_the_cap_whatever_it_counts(autojump_clock, kind):
    limit = micros(39) if kind == "money" else 1
    async with open_bank(caps=(Cap(kind, "ever", limit),)) as (bank, _):
        assert isinstance(await bank.hold(CALL, 7), HoldMade)
        other = replace(CALL, id=id_at(START_MS, b"another call"))
        refused = HoldRefused(at_ms=7, leg=1, reason=f"hold_refused:cap:{kind}/ever")
        assert await bank.hold(other, 7) == refused


async def test_the_window_is_that_of_the_award_and_the_sale_keeps_it(autojump_clock):
    midnight = datetime(2026, 11, 19, tzinfo=UTC).timestamp() * 1000
    call = replace(CALL, awarded_ms=int(midnight) - 1)
    async with open_bank(caps=(Cap("billables", "day", 5),)) as (bank, ledger):
        assert isinstance(await bank.hold(call, 7), HoldMade)
        late = replace(call, leg=2, awarded_ms=int(midnight) + 9)  # The next leg has begun.
        sold = replace(settlement(Outcome.CAPTURE, Reached.ANSWERED), awarded_ms=call.awarded_ms)
        await bank.settle(late, sold)
        assert ledger.available("cap:first:billables/day:2026-11-18") == (-1, 0)
        assert ledger.available("cap:first:billables/day:2026-11-19") == (0, 0)


async def test_units_that_stay_are_no_sale_in_the_books(autojump_clock):
    book = MemoryBook()
    async with open_bank(book=book, caps=CAPS) as (bank, ledger):
        await bank.hold(CALL, 7)
        await bank.settle(CALL, settlement(Outcome.RELEASE, Reached.ANSWERED))
        assert ledger.sums() == {"world": -micros(100), "used:calls": 2}
