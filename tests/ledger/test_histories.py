"""Random histories: memory and PostgreSQL agree on every outcome, and on what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import LedgerWriter, open_book, refusal
from ledger.checks import check
from ledger.moves import (
    Booking,
    Capture,
    Floor,
    Hold,
    Line,
    Move,
    TopUp,
    capture_for,
    effect,
    hold_for,
    release_for,
    use,
)
from ledger.refusals import Insufficient, LedgerError, TooMuchBack
from ledger.rules import Ledger
from market.ids import id_at, unix_ms
from market.money import Micros
from tests.ledger.helpers import EXPIRES_MS, new_id

HISTORIES = 40
NUMBERS = count()  # Histories share a database, so each has accounts and ids of its own.
Outcome = bool | str
SMALL = st.integers(0, 3)
PRICES = st.sampled_from([0, 1, 300, 400])


@dataclass(frozen=True, slots=True)
class Tag:
    """Keeps the accounts and ids of one history apart from those of all others."""

    name: str
    now_ms: int

    def id(self, part: str) -> UUID:
        return id_at(self.now_ms, f"{self.name}/{part}".encode())

    def uses(self, price: int, limit: int) -> tuple:
        caps = (f"cap:{self.name}:calls/day:2026-11-23", f"cap:{self.name}:money/hour:x")
        return (use(caps[0], 1, limit), use(caps[1], price, 900), use(f"slot:{self.name}", 1, 2))


@dataclass(frozen=True, slots=True)
class Money:
    number: int
    buyer: int
    amount: int
    ref: int

    def move(self, tag: Tag) -> Move:
        ref = f"{tag.name}/{self.ref}"
        return TopUp(
            tag.id(f"money{self.number}"), f"wallet:{tag.name}{self.buyer}", self.amount, ref
        )


@dataclass(frozen=True, slots=True)
class Leg:
    """A hold. Few calls and legs, so that ids repeat, with the same body or with another."""

    call: int
    buyer: int
    price: int
    limit: int

    def move(self, tag: Tag) -> Hold:
        price, call_id = Micros(self.price), tag.id(f"call{self.call}")
        uses = tag.uses(self.price, self.limit) if self.limit else ()
        buyer = f"{tag.name}{self.buyer}"
        return hold_for(call_id, 1, buyer=buyer, price=price, uses=uses, expires_ms=EXPIRES_MS)


@dataclass(frozen=True, slots=True)
class Sale:
    leg: Leg
    price: int  # Now and then above what is held.

    def move(self, tag: Tag) -> Capture:
        held = self.leg.move(tag)
        return capture_for(held, price=Micros(self.price), publisher=tag.name, payout=Micros(250))


@dataclass(frozen=True, slots=True)
class End:
    leg: Leg
    expired: bool

    def move(self, tag: Tag) -> Move:
        return release_for(self.leg.move(tag), expired=self.expired)


@dataclass(frozen=True, slots=True)
class Fee:
    """A booking of a wallet: charged, given, or lost to a bank; now and then on credit."""

    number: int
    kind: str
    amount: int
    credit: int

    def move(self, tag: Tag) -> Booking:
        wallet, other = f"wallet:{tag.name}0", OTHERS[self.kind]
        lines = (Line(wallet, -self.amount), Line(other, self.amount))
        ref = "" if self.kind in ("charge", "adjustment") else f"{tag.name}/{self.number}"
        return Booking(
            tag.id(f"{self.kind}{self.number}"), self.kind, lines,
            (Floor(wallet, -self.credit),), ref=ref, actor="test", reason="test",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Back:
    """A booking that takes another move back: a sale, a fee, a top-up, or a taking back."""

    number: int
    kind: str
    original: Sale | Fee | Money | Back
    amount: int

    def move(self, tag: Tag) -> Booking:
        original = self.original.move(tag)
        did = [(account, amount) for account, amount in effect(original).items() if amount]
        lines = tuple(Line(account, -_towards_zero(amount, self.amount)) for account, amount in did)
        ref = "" if self.kind in ("reversal", "reinstatement") else f"{tag.name}/{self.number}"
        return Booking(
            tag.id(f"{self.kind}{self.number}"), self.kind, lines, ref=ref, reverses=original.id
        )


def _towards_zero(amount: int, by: int) -> int:
    return max(amount, -by) if amount < 0 else min(amount, by)


MONEY = st.builds(Money, SMALL, st.integers(0, 1), st.sampled_from([300, 700]), SMALL)
LEGS = st.builds(Leg, st.integers(0, 4), st.integers(0, 1), PRICES, st.sampled_from([0, 2, 2]))
SALES = st.builds(Sale, LEGS, PRICES)
OTHERS = {
    "charge": "revenue:fees", "chargeback": "world", "adjustment": "writeoff", "refund": "world",
}  # fmt: skip
FEES = st.builds(
    Fee, SMALL, st.sampled_from([*OTHERS]), st.sampled_from([100, 500]), st.sampled_from([0, 400])
)
BACK_KINDS = st.sampled_from(["reversal", "reversal", "refund", "chargeback", "reinstatement"])
BACKS = st.builds(
    Back, SMALL, BACK_KINDS, st.one_of(SALES, FEES, MONEY), st.sampled_from([100, 250])
)
UNDOS = st.builds(Back, SMALL, st.sampled_from(["reinstatement", "chargeback_won"]), BACKS,
                  st.sampled_from([50, 250]))  # fmt: skip
STEPS = st.one_of(
    MONEY, LEGS, LEGS, SALES, st.builds(End, LEGS, st.booleans()), FEES, BACKS, BACKS, UNDOS
)
HISTORY = st.lists(st.lists(STEPS, min_size=1, max_size=12), min_size=1, max_size=6)


def in_memory(ledger: Ledger, move: Move) -> Outcome:
    try:
        return ledger.apply(move)
    except LedgerError as error:
        return _named(error)


async def in_postgresql(write: LedgerWriter, moves: Sequence[Move]) -> list[Outcome]:
    """Return the outcomes of one batch. As in PgBook, what makes no sense is not sent."""
    outcomes: list[Outcome] = [True] * len(moves)
    sent = []
    for number, move in enumerate(moves):
        try:
            check(move)
            sent.append(number)
        except LedgerError as error:
            outcomes[number] = _named(error)
    replies = await write([moves[number] for number in sent]) if sent else []
    for number, reply in zip(sent, replies, strict=True):
        known = reply.code in ("new", "same")
        outcomes[number] = reply.code == "new" if known else _named(refusal(reply, moves[number]))
    return outcomes


def _named(error: LedgerError) -> str:
    account = f" {error.account}" if isinstance(error, Insufficient | TooMuchBack) else ""
    return type(error).__name__ + account


@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=HISTORY)
async def test_memory_and_postgresql_agree_whatever_happens(pg_url, history):
    tag = Tag(f"h{next(NUMBERS):04}-", unix_ms(new_id()))
    model = Ledger()
    async with open_pg(pg_url, connections_max=2) as pg, open_book(pg) as book:
        before = await book.sums()
        writers = (LedgerWriter(pg), LedgerWriter(pg))
        for number, steps in enumerate(history):
            moves = [step.move(tag) for step in steps]
            wanted = [in_memory(model, move) for move in moves]
            assert await in_postgresql(writers[number % 2], moves) == wanted
            for outcome in wanted:
                event(str(outcome).partition(" ")[0])
        await _same_ledgers(book, model, tag, before)
        assert (await book.verify()).problems == ()


async def _same_ledgers(book, model: Ledger, tag: Tag, before: dict[str, int]) -> None:
    found = await book.balances()
    assert {name: both for name, both in found.items() if tag.name in name} == model.balances()
    after = await book.sums()
    gained = {name: after[name] - before.get(name, 0) for name in after}
    wanted = {name: amount for name, amount in model.sums().items() if amount}
    assert {name: amount for name, amount in gained.items() if amount} == wanted
    holds = [one.hold for one in await book.open_holds()]
    assert {hold for hold in holds if tag.name in hold.lines[0].account} == {*model.open_holds()}
