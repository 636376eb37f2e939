"""The desk for returns: asked for within terms, decided by rule or by a person, undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from auctiond.calls.bank import Usage
from auctiond.logs import Log
from auctiond.money_refused import MoneyRefused
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.ledger_book import PgBook
from auctiond.pg.returns import Act, Return, Returns
from auctiond.returns.notes import Notes
from auctiond.returns.sales import Sales, SoldLeg
from ledger.moves import Booking, Floor, Line
from ledger.refusals import Insufficient, LedgerError
from market.ids import id_for
from market.money import Micros, dollars
from market.network import Buyer, Network
from market.returns import (
    DEFAULT_TERMS,
    MADE,
    ReturnRule,
    ReturnState,
    ReturnTerms,
    Split,
    split_of,
)
from routing.network_returns import terms_of
from routing.payout_text import read_payout_condition

DECIDE_WITHIN = timedelta(days=90)  # What waits longer is settled by an adjustment, with a reason.


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for."""

    call_id: UUID
    reason: str
    amount: Micros | None = None  # None: all that was charged.
    note: str = ""
    late: bool = False  # Though the window is over: a person has said so.


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person, or a rule, decided."""

    by: str
    amount: Micros | None = None  # Of an approval; None: what was asked for.
    reason: str = ""
    note: str = ""
    keep_payout: bool = False  # The publisher keeps what it got; we bear all.


@dataclass(frozen=True, slots=True)
class ReturnsDesk:
    store: Returns
    sales: Sales
    notes: Notes
    networks: NetworkBook
    book: PgBook
    usage: Usage
    log: Log
    now_ms: Callable[[], int]

    async def ask(self, wish: Wish, by: str, id_: UUID) -> Return:
        """Put a return on record, and decide it if a rule does. Raises MoneyRefused."""
        sold = await self._sale(wish.call_id)
        terms = self._terms(sold.buyer)
        self._check(wish, sold, terms)
        asked = _return(id_, sold, wish, self._now())
        rule = rule_for(terms, sold, wish.reason)
        if await self.store.ask(asked, by, by_hand=rule is None) == "open":
            raise MoneyRefused(409, "The call was brought back already: see its return.")
        if wish.note:
            await self._note(asked, wish.note, by, id_)
        self.log.info("return.asked", id=id_, call=wish.call_id, reason=wish.reason, by=by)
        if rule is not None and (await self.get(id_)).state == "pending":  # Else a try had done it.
            no, found = rule
            if found.action == "reject":
                await self.reject(id_, Decision(f"rule:{no}", reason=found.reason))
            else:
                part = Micros(asked.asked * found.percent // 100)
                await self.approve(id_, Decision(f"rule:{no}", part, found.reason))
        return await self.get(id_)

    async def void(self, wish: Wish, by: str, id_: UUID) -> Return:
        """Take a sale back whole, by a person and without terms. Raises MoneyRefused."""
        sold = await self._sale(wish.call_id)
        asked = _return(id_, sold, wish, self._now())
        if await self.store.ask(asked, by, by_hand=False) == "open":
            raise MoneyRefused(409, "The call was brought back already: see its return.")
        if (await self.get(id_)).state == "pending":  # Else an earlier try had done it.
            await self.approve(id_, Decision(by, None, wish.reason, wish.note))
        return await self.get(id_)

    async def approve(self, id_: UUID, how: Decision) -> Return:
        """Give the money back, whole or in part, and take the publisher's share of it back."""
        one, sold = await self._waiting(id_)
        amount = one.asked if how.amount is None else how.amount
        if not 0 < amount <= one.asked:
            most = dollars(one.asked)
            raise MoneyRefused(400, f"amount: expected more than 0, and at most {most}.")
        split = split_of(one.charged, one.payout, amount, keep_payout=how.keep_payout)
        move = reversal(one, sold, split, how.by, how.reason or one.reason)
        decision: ReturnState = "approved" if amount == one.asked else "partial"
        act = self._act(decision, amount, how, move)
        try:
            state = await self.store.decide(id_, decision, act, split.from_publisher, move)
        except LedgerError as error:
            raise MoneyRefused(409, f"The ledger refused it: {error}.") from None
        return await self._done(one, state, "pending", act, how.note)

    async def reject(self, id_: UUID, how: Decision) -> Return:
        """Give nothing back."""
        one, _ = await self._waiting(id_)
        act = self._act("rejected", Micros(0), how, None)
        state = await self.store.decide(id_, "rejected", act, Micros(0), None)
        return await self._done(one, state, "pending", act, how.note)

    async def undo(self, id_: UUID, how: Decision) -> Return:
        """Charge again what was given back; the sale may be brought back anew."""
        one = await self.get(id_)
        if one.state not in MADE:
            raise MoneyRefused(409, f"It is {one.state}: there is nothing to take back.")
        sold = await self._sale(one.call_id)
        move = reinstatement(one, sold, how.by, how.reason or "undone", self._credit(one.buyer))
        act = self._act("undone", one.back, how, move)
        try:
            state = await self.store.undo(id_, act, move)
        except Insufficient:
            text = f"The wallet of {one.buyer} has less than {dollars(one.back)} {one.currency}."
            raise MoneyRefused(409, text) from None
        except LedgerError as error:
            raise MoneyRefused(409, f"The ledger refused it: {error}.") from None
        return await self._done(one, state, one.state, act, how.note)

    async def get(self, id_: UUID) -> Return:
        """Return one. Raises MoneyRefused."""
        found = await self.store.get(id_)
        if found is None:
            raise MoneyRefused(404, f"There is no return {id_}.")
        return found

    async def _done(
        self, one: Return, state: str | None, expected: str, act: Act, note: str
    ) -> Return:
        if state != expected:
            raise MoneyRefused(409, f"Somebody was first: it is {state} already.")
        self.usage.update(await self.book.balances(f"wallet:{one.buyer}"))
        if note:
            await self._note(one, note, act.by, act.move_id or id_for(one.id, act.act))
        self.log.info("return.decided", id=one.id, call=one.call_id, how=act.act, by=act.by)
        return await self.get(one.id)

    async def _sale(self, call_id: UUID) -> SoldLeg:
        sold = await self.sales.of_call(call_id)
        if sold is None:
            raise MoneyRefused(404, f"There is no call {call_id} that was sold.")
        return sold

    async def _waiting(self, id_: UUID) -> tuple[Return, SoldLeg]:
        one = await self.get(id_)
        if one.state != "pending":
            raise MoneyRefused(409, f"It is {one.state} already.")
        return one, await self._sale(one.call_id)

    def _check(self, wish: Wish, sold: SoldLeg, terms: ReturnTerms) -> None:
        if wish.reason not in terms.reasons:
            raise MoneyRefused(400, f"reason: expected one of {', '.join(terms.reasons)}.")
        if terms.note_needed and not wish.note:
            raise MoneyRefused(400, "note: expected one: the terms ask for evidence.")
        if wish.amount is not None and not 0 < wish.amount <= sold.charged:
            most = dollars(sold.charged)
            raise MoneyRefused(400, f"amount: expected more than 0, and at most {most}.")
        over = sold.at + timedelta(hours=terms.window_h)
        if self._now() > over and not wish.late:
            told = f"{terms.window_h} hours after the sale, at {over:%Y-%m-%d %H:%M} UTC"
            raise MoneyRefused(409, f"The time for it was over {told}.")

    async def _note(self, one: Return, text: str, by: str, event: UUID) -> None:
        record = await self.sales.records.get(one.call_id)
        person = record.row.person_id if record is not None else None
        await self.notes.add(one.id, person, text, by, self._now(), event)

    def _act(self, act: str, amount: Micros, how: Decision, move: Booking | None) -> Act:
        move_id = move.id if move is not None else None
        return Act(act, amount, how.reason, how.by, self._now(), move_id)

    def _network(self) -> Network | None:
        current = self.networks.current
        return current.snapshot.network if current is not None else None

    def _buyer(self, id_: str) -> Buyer | None:
        network = self._network()
        return next((one for one in network.buyers if one.id == id_), None) if network else None

    def _terms(self, buyer: str) -> ReturnTerms:
        network = self._network()
        return DEFAULT_TERMS if network is None else terms_of(network, self._buyer(buyer))

    def _credit(self, buyer: str) -> Micros:
        found = self._buyer(buyer)
        return found.credit if found is not None else Micros(0)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)


def _return(id_: UUID, sold: SoldLeg, wish: Wish, at: datetime) -> Return:
    return Return(
        id_,
        wish.call_id,
        sold.leg,
        sold.capture.id,
        sold.buyer,
        sold.target,
        sold.record.row.publisher,
        wish.reason,
        sold.charged,
        sold.payout,
        sold.currency,
        wish.amount or sold.charged,
        at,
    )


def rule_for(terms: ReturnTerms, sold: SoldLeg, reason: str) -> tuple[int, ReturnRule] | None:
    """Return the first rule that decides, with its number from 1; None: a person does."""
    for no, rule in enumerate(terms.rules, 1):
        if rule.reason not in ("", reason):
            continue
        if not rule.condition:
            return no, rule
        if sold.facts is not None and read_payout_condition(rule.condition).holds(
            sold.facts, "UTC"
        ):
            return no, rule
    return None


def reversal(one: Return, sold: SoldLeg, split: Split, by: str, reason: str) -> Booking:
    """Return the move that credits the buyer and claws back the publisher, in one entry."""
    lines = [Line(sold.wallet.account, split.back)]
    if split.from_publisher and sold.publisher is not None:
        lines.append(Line(sold.publisher.account, -split.from_publisher))
    if split.from_margin:
        lines.append(Line(sold.margin, -split.from_margin))
    return Booking(
        id_for(one.id, "reversal"),
        "reversal",
        tuple(lines),
        reverses=sold.capture.id,
        call_id=one.call_id,
        actor=by,
        reason=reason,
        until_ms=round((one.at + DECIDE_WITHIN).timestamp() * 1000),
    )


def reinstatement(one: Return, sold: SoldLeg, by: str, reason: str, credit: Micros) -> Booking:
    """Return the move that takes the return back: the same lines, turned round."""
    split = Split(one.back, one.from_publisher)
    was = reversal(one, sold, split, by, reason)
    lines = tuple(replace(line, amount=-line.amount) for line in was.lines)
    return Booking(
        id_for(one.id, "undo"),
        "reinstatement",
        lines,
        floors=(Floor(sold.wallet.account, -credit),),
        reverses=was.id,
        call_id=one.call_id,
        actor=by,
        reason=reason,
    )
