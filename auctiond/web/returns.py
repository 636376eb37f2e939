"""Returns over the API: asked for, decided, undone; a sale voided; adjustments and notes."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from quart import Request, Response

from auctiond.money_refused import MoneyRefused
from auctiond.pg.returns import Act, Return
from auctiond.returns.by_hand import Adjustment, ByHand
from auctiond.returns.desk import Decision, ReturnsDesk, Wish
from auctiond.web.ask import PAGE_MAX, is_whole, number_in
from auctiond.web.auth import Gate
from auctiond.web.idempotency import Once
from auctiond.web.money_body import amount_in, flag_in, id_in, note_in, read_fields, word_in
from auctiond.web.problems import Problem, json_response
from ledger.accounts import currency_of, unit_of
from market.ids import id_for
from market.money import dollars

STATES = ("pending", "approved", "partial", "rejected", "undone")


@dataclass(frozen=True, slots=True)
class ReturnsApi:
    gate: Gate
    once: Once
    desk: ReturnsDesk
    by_hand: ByHand

    async def list_returns(self, request: Request) -> Response:
        """Return the newest returns; `before` pages on from a number."""
        await self._allow(request, "read")
        limit, before = number_in(request, "limit", 50, PAGE_MAX), request.args.get("before")
        state, buyer = request.args.get("state"), request.args.get("buyer")
        if state is not None and state not in STATES:
            raise Problem(400, "state", f"state: expected one of {', '.join(STATES)}.")
        if before is not None and not is_whole(before):
            raise Problem(400, "before", "before: expected the `no` of a return.")
        page = (limit, int(before) if before else None, state, buyer)
        found = await self.desk.store.recent(*page)
        return json_response({"returns": [told(one) for one in found]})

    async def get_return(self, request: Request, return_id: str) -> Response:
        """Return one with all that was done to it, and its notes."""
        await self._allow(request, "money")  # Its notes may name a caller.
        one = await refusing(self.desk.get(id_in(return_id, "return")))
        acts = await self.desk.store.acts(one.id)
        notes = await self.desk.notes.of(one.id)
        return json_response(told(one) | {"acts": [_act(act) for act in acts], "notes": notes})

    async def ask(self, request: Request) -> Response:
        """Ask for a return; a rule may decide it at once."""
        key = await self._allow(request, "money")
        return await self.once.answer(
            request, key, lambda id_: self._ask(request, key, id_), required=False
        )

    async def _ask(self, request: Request, key: str, id_: UUID) -> Response:
        found = await read_fields(request, ("call", "reason", "amount", "note", "late"))
        wish = Wish(
            id_in(found.get("call"), "call"),
            word_in(found, "reason"),
            amount_in(found),
            note_in(found),
            flag_in(found, "late"),
        )
        one = await refusing(self.desk.ask(wish, key, id_for(id_, "return")))
        return json_response(told(one), 201)

    async def approve(self, request: Request, return_id: str) -> Response:
        """Give the money back, whole or in part."""
        return await self._decided(request, return_id, "approve")

    async def reject(self, request: Request, return_id: str) -> Response:
        """Give nothing back."""
        return await self._decided(request, return_id, "reject")

    async def undo(self, request: Request, return_id: str) -> Response:
        """Charge again what was given back."""
        return await self._decided(request, return_id, "undo")

    async def void(self, request: Request, call_id: str) -> Response:
        """Take a sale back whole, at once and whatever the terms say."""
        key = await self._allow(request, "money")
        return await self.once.answer(
            request, key, lambda id_: self._void(request, key, call_id, id_), required=False
        )

    async def _void(self, request: Request, key: str, call_id: str, id_: UUID) -> Response:
        found = await read_fields(request, ("reason", "note"))
        wish = Wish(id_in(call_id, "call"), word_in(found, "reason"), None, note_in(found), True)
        one = await refusing(self.desk.void(wish, key, id_for(id_, "return")))
        return json_response(told(one), 201)

    async def adjust(self, request: Request) -> Response:
        """Move money from one account to another, with a reason."""
        key = await self._allow(request, "money")
        # Nothing but the key tells a repeated one from a second.
        return await self.once.answer(request, key, lambda id_: self._adjust(request, key, id_))

    async def _adjust(self, request: Request, key: str, id_: UUID) -> Response:
        known = ("from", "to", "amount", "currency", "reason", "note")
        found = await read_fields(request, known)
        amount = amount_in(found)
        if amount is None:
            raise Problem(400, "amount", 'amount: expected dollars as text, like "50.00".')
        accounts = (str(found.get("from", ""))[:200], str(found.get("to", ""))[:200])
        currency = currency_of(unit_of(accounts[0]) or "usd").upper()
        if found.get("currency", currency) != currency:
            raise Problem(400, "currency", f'currency: {accounts[0]} is in "{currency}".')
        what = Adjustment(*accounts, amount, word_in(found, "reason"), note_in(found))
        move = await refusing(self.by_hand.adjust(what, key, id_))
        told = {"id": str(move), "amount": dollars(amount), "currency": currency}
        return json_response(told, 201)

    async def annotate(self, request: Request, entry: str) -> Response:
        """Add a note to an entry of the ledger, which itself never changes."""
        key = await self._allow(request, "money")

        async def work(id_: UUID) -> Response:
            about, text = id_in(entry, "entry"), note_in(await read_fields(request, ("note",)))
            if not text:
                raise Problem(400, "note", "note: expected a text.")
            await refusing(self.by_hand.annotate(about, text, key, id_))
            return json_response({"id": str(about)}, 201)

        return await self.once.answer(request, key, work, required=False)

    async def notes(self, request: Request, entry: str) -> Response:
        """Return the notes about an entry of the ledger."""
        await self._allow(request, "money")
        return json_response({"notes": await self.desk.notes.of(id_in(entry, "entry"))})

    async def _decided(self, request: Request, return_id: str, how: str) -> Response:
        key = await self._allow(request, "money")
        return await self.once.answer(
            request, key, lambda _: self._decide(request, key, return_id, how), required=False
        )

    async def _decide(self, request: Request, key: str, return_id: str, how: str) -> Response:
        found = await read_fields(request, ("amount", "reason", "note", "keep_payout"))
        decision = Decision(
            key,
            amount_in(found),
            word_in(found, "reason", ""),
            note_in(found),
            flag_in(found, "keep_payout"),
        )
        id_ = id_in(return_id, "return")
        if how == "approve":
            one = await refusing(self.desk.approve(id_, decision))
        elif how == "reject":
            one = await refusing(self.desk.reject(id_, decision))
        else:
            one = await refusing(self.desk.undo(id_, decision))
        return json_response(told(one))

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


async def refusing(done: Awaitable[Any]) -> Any:  # noqa: ANN401  Whatever is awaited.
    """Await it; what the desk refuses becomes the answer."""
    try:
        return await done
    except MoneyRefused as error:
        raise Problem(error.status, "not done", str(error)) from None


def told(one: Return) -> dict[str, Any]:
    """Return a return for people and programs: amounts as text, with the currency beside them."""
    return {
        "id": str(one.id),
        "no": one.no,
        "call": str(one.call_id),
        "leg": one.leg,
        "buyer": one.buyer,
        "target": one.target,
        "publisher": one.publisher,
        "reason": one.reason,
        "state": one.state,
        "currency": one.currency,
        "charged": dollars(one.charged),
        "asked": dollars(one.asked),
        "back": dollars(one.back),
        "from_publisher": dollars(one.from_publisher),
        "at_ms": round(one.at.timestamp() * 1000),
    }


def _act(act: Act) -> dict[str, Any]:
    return {
        "act": act.act,
        "amount": dollars(act.amount),
        "reason": act.reason,
        "by": act.by,
        "at_ms": round(act.at.timestamp() * 1000),
        "entry": str(act.move_id) if act.move_id is not None else None,
    }
