"""Payouts over the API: what is owed, runs, their approval and export, and what was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from quart import Request, Response

from auctiond.payouts.desk import PayoutDesk, currency_of, pays_of
from auctiond.pg.payouts import Item, Run
from auctiond.web.ask import PAGE_MAX, is_whole, number_in
from auctiond.web.auth import Gate
from auctiond.web.idempotency import Once
from auctiond.web.money_body import id_in, opaque_in, read_fields, word_in
from auctiond.web.problems import Problem, json_response
from auctiond.web.returns import refusing
from market.ids import id_for
from market.money import dollars

YEAR_LEAST, YEAR_MOST = 2000, 2999  # Well within what may be reckoned with.


@dataclass(frozen=True, slots=True)
class PayoutsApi:
    gate: Gate
    once: Once
    desk: PayoutDesk

    async def due(self, request: Request) -> Response:
        """Return what publishers are owed, and what a run would pay now."""
        await self._allow(request, "read")
        found = await refusing(self.desk.due(moment_of(request.args.get("until"))))
        rows = [
            {
                "publisher": _name(one.account),
                "currency": currency_of(one.account, "USD"),
                "owed": dollars(one.owed),
                "due": dollars(one.due),
            }
            for one in found
        ]
        return json_response({"publishers": rows})

    async def list_runs(self, request: Request) -> Response:
        """Return the newest runs; `before` pages on from a number."""
        await self._allow(request, "read")
        limit, before = number_in(request, "limit", 50, PAGE_MAX), request.args.get("before")
        if before is not None and not is_whole(before):
            raise Problem(400, "before", "before: expected the `no` of a run.")
        found = await self.desk.store.recent(limit, int(before) if before else None)
        return json_response({"payouts": [told(run) for run in found]})

    async def get_run(self, request: Request, run: str) -> Response:
        """Return a run, and what it pays to whom."""
        await self._allow(request, "read")
        id_ = id_in(run, "payout")
        found = await refusing(self.desk.get(id_))
        items = await self.desk.store.items(id_)
        return json_response(told(found) | {"publishers": [_item(one) for one in items]})

    async def make(self, request: Request) -> Response:
        """Set aside what is due."""
        key = await self._allow(request, "money")
        return await self.once.answer(
            request, key, lambda id_: self._make(request, key, id_), required=False
        )

    async def _make(self, request: Request, key: str, id_: UUID) -> Response:
        found = await read_fields(request, ("until",))
        until = moment_of(found.get("until"))
        run = await refusing(self.desk.make(until, key, id_for(id_, "payout")))
        return json_response(told(run), 201)

    async def decide(self, request: Request, run: str, decision: str) -> Response:
        """Approve a run, or cancel it."""
        key = await self._allow(request, "money")

        async def work(_: UUID) -> Response:
            await read_fields(request, ())
            return json_response(
                told(await refusing(self.desk.decide(id_in(run, "payout"), decision, key)))
            )

        return await self.once.answer(request, key, work, required=False)

    async def export(self, request: Request, run: str) -> Response:
        """Return a run as CSV, a line for each line of the ledger that it pays."""
        await self._allow(request, "read")
        text = await refusing(self.desk.export(id_in(run, "payout")))
        return Response(text, 200, None, "text/csv; charset=utf-8")

    async def paid(self, request: Request, run: str) -> Response:
        """Note that a publisher was paid."""
        key = await self._allow(request, "money")

        async def work(_: UUID) -> Response:
            found = await read_fields(request, ("publisher", "ref"))
            ref = opaque_in(found, "ref")
            id_, whose = id_in(run, "payout"), str(found.get("publisher", ""))[:100]
            return json_response(_item(await refusing(self.desk.pay(id_, whose, ref, key))))

        return await self.once.answer(request, key, work, required=False)

    async def failed(self, request: Request, run: str) -> Response:
        """Note that a payment came back."""
        key = await self._allow(request, "money")

        async def work(_: UUID) -> Response:
            found = await read_fields(request, ("publisher", "reason"))
            reason, whose = word_in(found, "reason"), str(found.get("publisher", ""))[:100]
            done = self.desk.fail(id_in(run, "payout"), whose, reason, key)
            return json_response(_item(await refusing(done)))

        return await self.once.answer(request, key, work, required=False)

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


def told(run: Run) -> dict[str, Any]:
    """Return a run for people and programs; `amount` is its only one, if it has but one."""
    amounts = [{"amount": dollars(n), "currency": code} for code, n in run.amounts.items()]
    return {
        "id": str(run.id),
        "no": run.no,
        "state": run.state,
        "until_ms": _ms(run.until),
        "made_by": run.made_by,
        "made_ms": _ms(run.made_at),
        "decided_by": run.decided_by,
        "decided_ms": _ms(run.decided_at) if run.decided_at is not None else None,
        "publishers_count": run.items,
        "paid_count": run.paid,
        "amounts": amounts,
    } | (amounts[0] if len(amounts) == 1 else {"amount": None, "currency": None})


def _item(one: Item) -> dict[str, Any]:
    return {
        "publisher": _name(one.account),
        "currency": currency_of(one.account, "USD"),
        "amount": dollars(one.amount),
        "pays": dollars(pays_of(one)),
        "lines": one.lines,
        "from_ms": _ms(one.since),
        "until_ms": _ms(one.upto),
        "state": one.state,
        "ref": one.ref,
        "by": one.by,
        "at_ms": _ms(one.at) if one.at is not None else None,
    }


def _name(account: str) -> str:
    return account.removeprefix("publisher:")


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def moment_of(text: object) -> datetime | None:
    """Return the date or moment that `text` is; None: there is none. Raises Problem."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        right = 'until: expected a date or a moment, like "2026-11-30" or "2026-11-30T12:00:00Z".'
        raise Problem(400, "until", right) from None
    if not YEAR_LEAST <= found.year <= YEAR_MOST:
        raise Problem(400, "until", f"until: the year {found.year} is out of the question.")
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
