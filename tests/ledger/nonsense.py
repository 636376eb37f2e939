"""Moves that make no sense by themselves."""

from __future__ import annotations

from ledger.moves import Capture, Floor, Hold, HoldLine, Line, Move, TopUp
from tests.ledger.helpers import CAP, book_of, new_id


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
    _capture(Line("wallet:a", 5), Line("revenue:x", 5)),
    _capture(Line("wallet:a", 5), Line("margin@eur", 5)),
    TopUp(new_id(), "wallet:a", 5, "p1", "margin"),
    TopUp(new_id(), "wallet:a", 5, "p2", "world@eur"),
    _top_up("wallet:a@usd", 5),
    _top_up("wallet:a@EUR", 5),
    _hold(HoldLine("wallet:a", 5), HoldLine("wallet:a@eur", 5)),
    _hold(HoldLine("wallet:a@eur", 5), HoldLine("cap:t:money/day:x", 5)),
    book_of("gift", ("wallet:a", 5), ("margin", -5)),
    book_of("charge"),
    book_of("charge", ("usage:own", -5), ("revenue:plan", 4)),
    book_of("charge", ("usage:own", -5), ("revenue:plan@eur", 5)),
    book_of("charge", ("usage:own", 5), ("revenue:plan", -5)),
    book_of("charge", ("usage:own", -5), ("margin", 5)),
    book_of("charge", ("usage:own", 0), ("revenue:plan", 0)),
    book_of("charge", ("usage:own", -5), ("revenue:plan", 3), ("revenue:plan", 2)),
    book_of("charge", ("slot:t1", -5), ("revenue:plan", 5)),
    book_of("charge", ("usage:own", -5), ("revenue:plan", 5), reverses=new_id()),
    book_of("charge", ("usage:own", -5), ("revenue:plan", 5), actor="Jane Doe"),
    book_of("charge", ("usage:own", -5), ("revenue:plan", 5), actor="jane@example.com"),
    book_of("charge", ("usage:own", -5), ("revenue:plan", 5), reason="she called twice"),
    book_of("charge", ("usage:own", -5), ("revenue:plan", 5), ref="two words"),
    book_of("payout", ("publisher:p", -5), ("world", 5)),
    book_of("payout", ("wallet:a", -5), ("world", 5), ref="x"),
    book_of("reversal", ("wallet:a", 5), ("margin", -5)),
    book_of("chargeback_won", ("wallet:a", 5), ("world", -5), ref="d"),
    book_of("adjustment", ("wallet:a", 5), ("margin", -5), actor="key:k1"),
    book_of("adjustment", ("wallet:a", 5), ("margin", -5), reason="goodwill"),
)

# What only the check before the database refuses: it makes no sense, and does no harm.
HARMLESS = (
    book_of("charge", ("usage:own", -5), ("revenue:plan", 5), floors=(Floor("usage:other", -9),)),
)
