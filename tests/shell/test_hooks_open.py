"""Before the calls of the last run are back: who does not come again is kept waiting."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio

from auctiond.metrics import Metrics
from auctiond.web.hooks import OPENING_S, Hooks


def door(opens_at_s: float, *, documents: bool) -> Hooks:
    """Return a door that opens so late."""
    began = trio.current_time()
    carriers = SimpleNamespace(documents={"any": None} if documents else {})
    return Hooks(
        carriers, *[None] * 3, Metrics(), int, lambda: trio.current_time() - began >= opens_at_s
    )


@pytest.mark.parametrize(
    ("documents", "opens_at_s", "waits_s"),
    [(False, 3.0, 0.0), (True, 3.0, 3.0), (True, 60.0, OPENING_S)],
)
async def test_a_carrier_of_documents_is_kept_waiting(
    documents, opens_at_s, waits_s, autojump_clock
):
    hooks, began = door(opens_at_s, documents=documents), trio.current_time()
    is_open = await hooks._is_opened("any")
    assert trio.current_time() - began == pytest.approx(waits_s, abs=0.1)
    assert is_open is (documents and opens_at_s < OPENING_S)
