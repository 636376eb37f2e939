"""Moves that make no sense by themselves."""

from __future__ import annotations

from ledger.moves import Capture, Hold, HoldLine, Line, Move, TopUp
from tests.ledger.helpers import CAP, new_id


def _top_up(account: str, amount: int) -> TopUp:
    id_ = new_id()
    return TopUp(id_, account, amount, f"pi_{id_.hex}")


def _hold(*lines: HoldLine) -> Hold:
    return Hold(new_id(), new_id(), 1, lines, 0)


def _capture(take: Line, give: Line) -> Capture:
    return Capture(new_id(), new_id(), (take,), (give,))


NONSENSE: tuple[Move, ...] = (
    _top_up("wallet:acme", 0),
    _top_up("wallet:acme", -5),
    _top_up("margin", 5),
    _top_up(CAP, 5),
    _top_up("slot:t1", 5),
    _top_up("wallet:", 5),
    _top_up("wallet:a b", 5),
    _top_up("wallet:" + "a" * 200, 5),
    _top_up("purse:acme", 5),
    _top_up("cap:t1:visits/day:2026-11-23", 5),
    _hold(),
    _hold(HoldLine("publisher:p", 5)),
    _hold(HoldLine("wallet:a", -5)),
    _hold(HoldLine("wallet:a", 0), HoldLine("wallet:a", 0)),
    _capture(Line("wallet:a", 5), Line("margin", 4)),
    _capture(Line("wallet:a", 5), Line("used:calls", 5)),
    _capture(Line("wallet:a", 5), Line("used:money", 5)),
    _capture(Line("slot:t1", 1), Line("used:calls", 1)),
    _capture(Line("wallet:a", 5), Line("world", 5)),
    _capture(Line("wallet:a", 5), Line("wallet:b", 5)),
    _capture(Line("wallet:a", -5), Line("margin", -5)),
)
