"""The thirteen invariants of docs/ledger.md, held by Hypothesis over the real database.

Rules do what a network does, in any order, also wrongly and twice; after each, the invariants are
computed anew from the rows alone, by other code than that which wrote or verifies them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import LedgerWriter
from auctiond.pg.ledger_check import verify
from auctiond.pg.roles import AUDITOR
from ledger.accounts import unit_of
from ledger.kinds import RULES
from ledger.moves import (
    Booking,
    Capture,
    Hold,
    Line,
    Move,
    capture_for,
    effect,
    end_for,
    hold_for,
    use,
)
from ledger.verify import COLUMNS
from market.money import Micros
from tests.conftest import TestServer
from tests.ledger.helpers import EXPIRES_MS, book_of, new_id, top_up

NUMBERS = count()
SLOTS = 2
CALLS = 4
AMOUNTS = st.sampled_from([100, 300, 700])
ROWS = {
    "entries": "SELECT account, seq, transfer_id, d_posted, d_held, posted, held FROM ledger_entry "
    "WHERE account LIKE '%' || $1 || '%' ORDER BY account, seq",
    "lines": "SELECT l.account, l.amount, l.transfer_id FROM ledger_line l WHERE transfer_id IN ("
    "SELECT transfer_id FROM ledger_line WHERE account LIKE '%' || $1 || '%' UNION "
    "SELECT transfer_id FROM ledger_entry WHERE account LIKE '%' || $1 || '%')",
    "ends": "SELECT hold_id, transfer_id FROM hold_resolution",
    "moves": "SELECT id, kind, hold_id FROM ledger_transfer",
    "refs": "SELECT ref, transfer_id FROM ledger_ref",
}

COLUMNS_NOW = (
    "SELECT table_name || '.' || column_name AS name FROM information_schema.columns "
    "WHERE table_schema = 'auctiond' AND table_name ~ '^(ledger_|hold_resolution)'"
)


class Network(RuleBasedStateMachine):
    """One buyer, one publisher and one target, whose names no other example has."""

    server: TestServer
    url: str

    payments, holds, sales = Bundle("payments"), Bundle("holds"), Bundle("sales")
    returns = Bundle("returns")

    def __init__(self) -> None:
        super().__init__()
        self.tag = f"n{next(NUMBERS):04}x"
        self.wallet, self.publisher = f"wallet:{self.tag}", f"publisher:{self.tag}"
        self.cap, self.slot = f"cap:{self.tag}:calls/day:2026-11-30", f"slot:{self.tag}"
        self.made: dict[Any, Move] = {}
        self.is_checked = False  # Nothing was written since.

    def apply(self, *moves: Move) -> list[str]:
        """Send moves as one batch; return the codes."""

        async def send() -> list[str]:
            async with open_pg(self.url, connections_max=1) as pg:
                return [reply.code for reply in await LedgerWriter(pg)(list(moves))]

        codes = self.server.do(send)
        self.is_checked = self.is_checked and "new" not in codes
        self.made |= {
            move.id: move for move, code in zip(moves, codes, strict=True) if code == "new"
        }
        return codes

    def rows(self) -> dict[str, list[Any]]:
        async def read() -> dict[str, list[Any]]:
            async with open_pg(self.url, connections_max=1) as pg, pg.held(AUDITOR) as auditor:
                return {
                    name: await auditor.fetch(query, *([self.tag] if "$1" in query else []))
                    for name, query in ROWS.items()
                }

        return self.server.do(read)

    @rule(target=payments, amount=AMOUNTS)
    def pays_in(self, amount: int) -> Move:
        codes = self.apply(money := top_up(amount, self.tag), money)
        assert codes == ["new", "same"]
        return money

    @rule(target=holds, price=AMOUNTS)
    def holds_for_a_leg(self, price: int) -> Any:
        uses = (use(self.cap, 1, CALLS), use(self.slot, 1, SLOTS))
        held = hold_for(
            new_id(), 1, buyer=self.tag, price=Micros(price), uses=uses, expires_ms=EXPIRES_MS
        )
        return held if self.apply(held) == ["new"] else multiple()

    @rule(target=sales, held=consumes(holds), share=st.sampled_from([0, 50, 100]))
    def sells(self, held: Hold, share: int) -> Any:
        price = held.lines[0].amount
        sale = capture_for(
            held, price=Micros(price), publisher=self.tag, payout=Micros(price * share // 100)
        )
        assert self.apply(sale, end_for(held), sale) == ["new", "not_open", "same"]
        return sale

    @rule(held=consumes(holds))
    def loses_the_leg(self, held: Hold) -> None:
        assert self.apply(end_for(held), end_for(held, counted=("calls",))) == ["new", "reused"]

    @rule(held=holds, more=st.integers(1, 9))
    def takes_more_than_is_held(self, held: Hold, more: int) -> None:
        price = held.lines[0].amount + more
        greedy = capture_for(held, price=Micros(price), publisher=self.tag, payout=Micros(1))
        assert self.apply(greedy) == ["unbalanced"]

    @rule(amount=AMOUNTS)
    def is_charged(self, amount: int) -> None:
        self.apply(book_of("charge", (self.wallet, -amount), ("revenue:fees", amount)))

    @rule(money=payments, amount=AMOUNTS)
    def is_refunded(self, money: Any, amount: int) -> None:
        lines = ((self.wallet, -amount), ("world", amount))
        once = book_of("refund", *lines, reverses=money.id, ref=f"re_{new_id().hex}")
        again = Booking(new_id(), once.kind, once.lines, ref=once.ref, reverses=once.reverses)
        first, second = self.apply(once, again)
        assert second == ("same" if first == "new" else first)

    @rule(money=payments, amount=AMOUNTS)
    def loses_to_the_bank(self, money: Any, amount: int) -> None:
        lines = ((self.wallet, -amount), ("world", amount))
        lost = book_of("chargeback", *lines, reverses=money.id, ref=f"dp_{new_id().hex}")
        assert self.apply(lost)[0] in ("new", "over")

    @rule(target=returns, sale=sales, share=st.sampled_from([30, 100, 120]))
    def brings_back(self, sale: Capture, share: int) -> Any:
        did = effect(sale).items()
        own = [each for each in did if unit_of(each[0]) == "usd" and each[0] != "margin"]
        lines = [Line(account, -amount * share // 100) for account, amount in own]
        lines.append(Line("margin", -sum(line.amount for line in lines)))
        kept = tuple(line for line in lines if line.amount)
        back = Booking(new_id(), "reversal", kept, reverses=sale.id)
        return back if self.apply(back) == ["new"] else multiple()

    @rule(back=returns)
    def undoes(self, back: Booking) -> None:
        lines = tuple(Line(line.account, -line.amount) for line in back.lines)
        undo = Booking(new_id(), "reinstatement", lines, reverses=back.id)
        if self.apply(undo) == ["new"]:
            twice = Booking(new_id(), "reinstatement", lines, reverses=back.id)
            assert self.apply(twice)[0] in ("over", "insufficient")
        never = Booking(new_id(), "reversal", lines, reverses=back.id)
        assert self.apply(never) == ["no_original"]

    @rule(held=holds)
    def an_id_is_taken_for_something_else(self, held: Hold) -> None:
        other = Hold(held.id, held.call_id, held.leg + 1, held.lines, held.expires_ms)
        assert self.apply(other) == ["reused"]

    @invariant()
    def all_thirteen_hold(self) -> None:
        rows = {} if self.is_checked else self.rows()
        if not rows:
            return
        self.is_checked = True
        self.conservation(rows, self.made)  # 1 and 10.
        self.limits_and_chains(rows, self.made)  # 2, 3, 6 and 12.
        self.ends(rows, self.made)  # 4 and 9.
        self.once(rows, self.made)  # 5, 8 and 11.
        self.returned(self.made)  # 7.

    def conservation(self, rows: dict[str, list[Any]], mine: dict[Any, Move]) -> None:
        sums: defaultdict[Any, Counter[str]] = defaultdict(Counter)
        for row in rows["entries"]:
            sums[row["transfer_id"]][unit_of(row["account"]) or "?"] += row["d_posted"]
        for row in rows["lines"]:
            sums[row["transfer_id"]][unit_of(row["account"]) or "?"] += row["amount"]
        assert sums.keys() <= mine.keys()
        assert not [id_ for id_, units in sums.items() if any(units.values())]
        for id_, move in mine.items():
            if isinstance(move, Capture):
                got = sum(line.amount for line in move.give if unit_of(line.account) == "usd")
                assert got == sum(
                    line.amount for line in move.take if unit_of(line.account) == "usd"
                ), id_

    def limits_and_chains(self, rows: dict[str, list[Any]], mine: dict[Any, Move]) -> None:
        posted: Counter[str] = Counter()
        held: Counter[str] = Counter()
        seqs: Counter[str] = Counter()
        floors = {self.wallet: 0, self.cap: -CALLS, self.slot: -SLOTS}
        for row in rows["entries"]:
            account = row["account"]
            seqs[account] += 1
            posted[account] += row["d_posted"]
            held[account] += row["d_held"]
            assert (row["seq"], row["posted"], row["held"]) == (
                seqs[account], posted[account], held[account]
            )  # fmt: skip
            assert row["held"] >= 0
            move = mine[row["transfer_id"]]
            takes = row["d_held"] > 0 or (isinstance(move, Booking) and row["d_posted"] < 0)
            if takes and not (isinstance(move, Booking) and RULES[move.kind].forced):
                assert row["posted"] - row["held"] >= floors[account]
        open_holds: Counter[str] = Counter()
        ended = {row["hold_id"] for row in rows["ends"]}
        for move in mine.values():
            if isinstance(move, Hold) and move.id not in ended:
                open_holds.update({line.account: line.amount for line in move.lines})
        assert +held == +open_holds
        assert held[self.slot] <= SLOTS

    def ends(self, rows: dict[str, list[Any]], mine: dict[Any, Move]) -> None:
        ends = {row["transfer_id"]: row["hold_id"] for row in rows["ends"]}
        for move in mine.values():
            if hasattr(move, "hold_id"):
                assert ends[move.id] == move.hold_id
        assert len(set(ends.values())) == len(ends)
        legs = Counter(
            (move.call_id, move.leg)
            for move in mine.values()
            if isinstance(move, Hold) and move.id not in ends.values()
        )
        assert set(legs.values()) <= {1}

    def once(self, rows: dict[str, list[Any]], mine: dict[Any, Move]) -> None:
        assert mine.keys() <= {row["id"] for row in rows["moves"]}
        refs = {row["ref"]: row["transfer_id"] for row in rows["refs"]}
        for move in mine.values():
            if ref := getattr(move, "ref", ""):
                assert refs[ref] == move.id

    def returned(self, mine: dict[Any, Move]) -> None:
        """What was taken back of a move, less what was reinstated, is no more than it did."""
        undone: defaultdict[Any, Counter[str]] = defaultdict(Counter)
        for move in mine.values():
            if isinstance(move, Booking) and move.reverses:
                original = mine[move.reverses]
                root = original.reverses if move.kind == "reinstatement" else original.id
                undone[root].update(effect(move))
        for root, amounts in undone.items():
            did = effect(mine[root])
            for account, amount in amounts.items():
                if account != "margin":
                    left = did[account] + amount
                    assert min(0, did[account]) <= left <= max(0, did[account])

    def teardown(self) -> None:
        async def check() -> None:
            async with open_pg(self.url, connections_max=1) as pg, pg.held(AUDITOR) as auditor:
                assert (await verify(pg)).problems == ()
                rows = await auditor.fetch(COLUMNS_NOW)
                assert {re.sub(r"_\d{6}\.", ".", row["name"]) for row in rows} <= COLUMNS  # 13.

        self.server.do(check)


def test_the_thirteen_invariants_hold_whatever_a_network_does(
    pg_server: TestServer, pg_url: str
) -> None:
    class Here(Network):
        server, url = pg_server, pg_url

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8, stateful_step_count=20, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip
