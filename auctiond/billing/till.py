"""Books what cards did into the ledger: each event outside counts once, whoever tells of it.

Every move has an id that follows from what it is for, and the processor's id as its `ref`. So the
answer, the webhook and the look that tell of one payment make one entry.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from auctiond.billing.seen import DisputeSeen, PaymentSeen, RefundSeen
from auctiond.calls.bank import Usage
from auctiond.pg.door import Step
from auctiond.pg.intents import Intent
from auctiond.pg.ledger_book import PgBook
from ledger.moves import ANY_FLOOR, Booking, Floor, Line, Move, TopUp
from market.ids import id_for

CLEARING = "processor:stripe"  # What lies at the processor until it is paid to the bank.
BY = "stripe"


@dataclass(frozen=True, slots=True)
class Till:
    book: PgBook
    usage: Usage  # The balances in memory, by which buyers are asked or not.
    is_booked: Callable[[UUID], Awaitable[bool]]

    async def money_in(self, intent: Intent, seen: PaymentSeen, end: Step) -> bool:
        """Put what came in into the payer's wallet, with the step that ends the intent.

        Returns what that step returned.
        """
        ref = f"stripe:{seen.id}"
        move = TopUp(_paid(intent.id), intent.payer, seen.amount, ref, CLEARING)
        ended, _ = await self.book.pay_in(move, end)
        self.usage.update(await self.book.balances(intent.payer))
        return bool(ended)

    async def take_refund(self, refund: Intent) -> None:
        """Take out of the wallet what is to be given back. Raises Insufficient: it is spent."""
        assert refund.of is not None
        lines = (Line(refund.payer, -refund.amount), Line(CLEARING, refund.amount))
        ref, paid = f"stripe:refund:{refund.id}", _paid(refund.of)
        await self._apply(
            Booking(_taken(refund), "refund", lines, ref=ref, reverses=paid, actor=BY)
        )

    async def return_refund(self, refund: Intent) -> None:
        """Put back what was taken for a refund that failed; nothing, if nothing was taken."""
        if await self.is_booked(_taken(refund)):
            lines = (Line(refund.payer, refund.amount), Line(CLEARING, -refund.amount))
            id_ = id_for(refund.id, "refund-failed")
            await self._apply(
                Booking(id_, "reversal", lines, reverses=_taken(refund), actor=BY, reason="failed")
            )

    async def money_left(self, payer: str, paid: UUID, seen: RefundSeen, *steps: Step) -> None:
        """Book a refund that was made whether we like it or not, with steps that tell of it.

        If it failed after that, its end is booked.
        """
        id_, lines = id_for(paid, seen.id), _out(payer, seen.amount)
        ref = f"stripe:{seen.id}"
        if seen.state != "failed":
            refund = Booking(id_, "refund", lines, _any(payer), ref, actor=BY)
            await self.book.apply_with(refund, *steps)
            self.usage.update(await self.book.balances(payer))
        elif await self.is_booked(id_):
            back = tuple(Line(line.account, -line.amount) for line in lines)
            failed = id_for(paid, f"{seen.id}:failed")
            await self._apply(
                Booking(failed, "reversal", back, reverses=id_, actor=BY, reason="failed")
            )

    async def disputed(self, payer: str, paid: UUID, seen: DisputeSeen) -> None:
        """Book what a card's bank took from us, and what it gave back."""
        taken = id_for(paid, seen.id)
        if seen.withdrawn:
            lines, ref = _out(payer, seen.withdrawn), f"stripe:{seen.id}"
            await self._apply(Booking(taken, "chargeback", lines, _any(payer), ref, actor=BY))
        if seen.reinstated:
            back = tuple(Line(each.account, -each.amount) for each in _out(payer, seen.reinstated))
            won, ref = id_for(paid, f"{seen.id}:won"), f"stripe:{seen.id}:won"
            await self._apply(
                Booking(won, "chargeback_won", back, ref=ref, reverses=taken, actor=BY)
            )

    async def _apply(self, move: Move) -> None:
        applied = await self.book.apply(move)
        self.usage.update(applied.balances)


def _paid(intent: UUID) -> UUID:
    return id_for(intent, "top-up")


def _taken(refund: Intent) -> UUID:
    return id_for(refund.id, "refund")


def _out(payer: str, amount: int) -> tuple[Line, ...]:
    return (Line(payer, -amount), Line(CLEARING, amount))


def _any(payer: str) -> tuple[Floor, ...]:
    """Return the floor of what has happened: none."""
    return (Floor(payer, ANY_FLOOR),)
