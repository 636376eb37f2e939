"""PostgreSQL and the model get the same moves, in batches, and agree on every outcome.

Hypothesis draws the histories. Ids and accounts of one example are its own, so that all share
one database.
"""

from __future__ import annotations

import time
from uuid import UUID

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import LedgerWriter, read_balances
from ledger.moves import (
    Capture,
    Hold,
    HoldLine,
    Line,
    Move,
    Release,
    TopUp,
    capture_for,
    release_for,
)
from ledger.rules import IdReused, Insufficient, Ledger, LedgerError, NotOpen, Unbalanced
from market.ids import id_at, id_for
from market.money import Micros
from tests.ledger.helpers import new_id
from tests.ledger.nonsense import NONSENSE

CODES = {
    IdReused: "reused",
    Insufficient: "insufficient",
    NotOpen: "not_open",
    Unbalanced: "unbalanced",
}
Step = tuple[str, int, int]  # What, about which call, how much.

steps = st.tuples(
    st.sampled_from(["topup", "hold", "hold", "capture", "capture", "release", "expire", "steal"]),
    st.integers(0, 4),
    st.integers(0, 3),
)
histories = st.lists(st.lists(steps, min_size=1, max_size=12), min_size=1, max_size=5)


def move_of(step: Step, example: UUID) -> Move:
    """Return the move that a step means. Two calls share each wallet, cap and slot."""
    what, call, size = step
    call_id = id_for(example, f"call {call}")
    name = f"{example}.{call % 2}"
    if what == "topup":
        return TopUp(id_for(example, f"pay {call}"), f"wallet:{name}", 1 + size * 100, "pi")
    lines = (
        HoldLine(f"wallet:{name}", size * 60, floor=-20),
        HoldLine(f"cap:{name}:calls/day:2026-11-23", 1, floor=-2),
        HoldLine(f"cap:{name}:money/ever:ever", size * 60, floor=-200),
        HoldLine(f"slot:{name}", 1, floor=-1 - size),
    )
    hold = Hold(id_for(call_id, "hold:1"), call_id, 1, lines, 0)
    if what == "hold":
        return hold
    if what == "capture":
        return capture_for(hold, price=Micros(size * 60), publisher="p", payout=Micros(size * 50))
    if what == "steal":
        take, give = (Line(f"wallet:{example}.2", 1),), (Line("margin", 1),)
        return Capture(id_for(call_id, "steal"), hold.id, take, give)
    return release_for(hold, expired=what == "expire")


def expected(model: Ledger, move: Move) -> tuple[str, str]:
    """Return the code, and the account for Insufficient, that the model says."""
    try:
        return ("new" if model.apply(move) else "same"), ""
    except LedgerError as error:
        return CODES[type(error)], getattr(error, "account", "")


async def play(url: str, example: UUID, history: list[list[Step]]) -> None:
    model = Ledger()
    async with open_pg(url, connections_max=1) as pg:
        write = LedgerWriter(pg)
        for batch in history:
            moves = [move_of(step, example) for step in batch]
            wanted = [expected(model, move) for move in moves]
            replies = await write(moves)
            assert [reply.code for reply in replies] == [code for code, _ in wanted]
            lost = [reply.account for reply in replies if reply.code == "insufficient"]
            assert lost == [account for code, account in wanted if code == "insufficient"]
        found = {
            name: balance
            for name, balance in (await read_balances(pg)).items()
            if str(example) in name
        }
    assert found == model.balances()


@given(history=histories)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_database_and_the_model_agree_on_every_history(pg_url, history):
    trio.run(play, pg_url, new_id(), history)


async def test_the_database_refuses_nonsense_that_nobody_checked_before(pg):
    held = Hold(new_id(), new_id(), 1, (HoldLine("wallet:a", 0),), 0)
    bad = [move for move in NONSENSE if isinstance(move, TopUp | Hold | Capture)]
    replies = await LedgerWriter(pg)([held, *bad, Release(new_id(), held.id)])
    codes = [reply.code for reply in replies]
    assert codes == ["new", *["unbalanced"] * len(bad), "new"]
    assert await read_balances(pg) == {"wallet:a": (0, 0)}


@pytest.mark.parametrize("days", [-70, 150, -20_000])
async def test_an_id_far_from_now_is_refused_and_spoils_nothing(pg, days):
    far = id_at(int((time.time() + days * 86_400) * 1000), b"far")
    moves = [TopUp(far, "wallet:a", 1, ""), TopUp(new_id(), "wallet:a", 1, "")]
    replies = await LedgerWriter(pg)(moves)
    assert [reply.code for reply in replies] == ["far", "new"]
