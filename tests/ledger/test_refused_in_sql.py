"""What ledger_apply refuses by itself, from whoever sends it; the other moves go on."""

from __future__ import annotations

from datetime import UTC

import pytest

from auctiond.pg.ledger_book import LedgerWriter, read_balances, refusal
from ledger.moves import Hold, HoldLine, Release, TopUp
from ledger.rules import FarId
from market.ids import id_at
from tests.ledger.helpers import new_id, top_up
from tests.ledger.nonsense import NONSENSE


async def test_nonsense_between_two_good_moves_is_refused_alone(pg):
    held = Hold(new_id(), new_id(), 1, (HoldLine("wallet:a", 0),), 0)
    replies = await LedgerWriter(pg)([held, *NONSENSE, Release(new_id(), held.id)])
    codes = [reply.code for reply in replies]
    assert codes == ["new", *["unbalanced"] * len(NONSENSE), "new"]
    assert await read_balances(pg) == {"wallet:a": (0, 0)}


@pytest.mark.parametrize(
    "far",
    [
        "SELECT min(month) - interval '1 ms' FROM ledger_month",
        "SELECT max(month) + interval '1 month' FROM ledger_month",
        "SELECT timestamp '1972-02-29'",
    ],
    ids=["before", "after", "long before"],
)
async def test_an_id_far_from_now_is_refused_and_spoils_nothing(pg, pg_super, far):
    """Out of the months that are laid out, be it by a millisecond."""
    moment = (await pg_super.fetch_value(far)).replace(tzinfo=UTC)
    at_ms = round(moment.timestamp() * 1000)
    far = TopUp(id_at(at_ms, b"far"), "wallet:a", 1, "far")
    refused, taken = await LedgerWriter(pg)([far, top_up()])
    assert isinstance(refusal(refused, far), FarId)
    assert taken.code == "new"
