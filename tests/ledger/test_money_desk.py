"""Top-ups by an operator: one payment is one top-up, for good."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from auctiond.calls.bank import Usage
from auctiond.money_desk import MoneyDesk, TopUpRefused
from market.ids import unix_ms
from market.money import Micros
from tests.ledger.helpers import new_id

LAST_MONTH_MS = 28 * 24 * 3_600_000


class Clock:
    """Set by hand. Starts four weeks ago: often in another month, always in one laid out."""

    def __init__(self) -> None:
        self.now_ms = unix_ms(new_id()) - LAST_MONTH_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(pg, pg_book, clock, tmp_path: Path) -> MoneyDesk:
    network = SimpleNamespace(buyers=(SimpleNamespace(id="acme"), SimpleNamespace(id="other")))
    networks = SimpleNamespace(
        current=SimpleNamespace(snapshot=SimpleNamespace(network=network)), version=1
    )
    return MoneyDesk(pg_book, Usage(), networks, pg, tmp_path / "ledger.seal", clock)


async def test_a_payment_told_again_weeks_later_counts_once(desk, clock):
    assert await desk.top_up("acme", Micros(500), "pi_1")
    assert not await desk.top_up("acme", Micros(500), "pi_1")
    clock.now_ms += LAST_MONTH_MS
    assert not await desk.top_up("acme", Micros(500), "pi_1")
    assert (await desk.book.balances())["wallet:acme"] == (500, 0)
    assert desk.usage.available("wallet:acme") == (500, 0)


async def test_a_payment_with_other_data_is_refused(desk, clock):
    await desk.top_up("acme", Micros(500), "pi_1")
    for later_ms in (0, 1, LAST_MONTH_MS):
        clock.now_ms += later_ms
        for buyer, amount in (("acme", 501), ("other", 500)):
            with pytest.raises(TopUpRefused, match="came before, with other data") as caught:
                await desk.top_up(buyer, Micros(amount), "pi_1")
            assert caught.value.status == 409


@pytest.mark.parametrize(
    ("buyer", "amount", "ref", "status", "why"),
    [
        ("nobody", 500, "pi_1", 404, "no buyer 'nobody'"),
        ("acme", 0, "pi_1", 400, "more than 0"),
        ("acme", 10**15 + 1, "pi_1", 400, "an amount is"),
        ("acme", 500, "pi\n1", 400, "printable"),
        ("acme", 500, "", 400, "1 to 200"),
    ],
)
async def test_a_top_up_that_makes_no_sense_says_why(desk, buyer, amount, ref, status, why):
    with pytest.raises(TopUpRefused, match=why) as caught:
        await desk.top_up(buyer, Micros(amount), ref)
    assert caught.value.status == status
