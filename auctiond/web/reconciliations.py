"""Reconciliation over the API: what was compared, and comparing a day now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import trio
from quart import Request, Response

from auctiond.billing.reconciler import Reconciler
from auctiond.billing.seen import ProcessorError
from auctiond.pg.reconciliations import Reconciliation, Reconciliations
from auctiond.web.ask import PAGE_MAX, number_in
from auctiond.web.auth import Gate
from auctiond.web.idempotency import Once
from auctiond.web.money_body import read_fields
from auctiond.web.payments import text_in
from auctiond.web.problems import Problem, json_response
from ledger.refusals import LedgerError
from market.money import dollars

ANSWER_S = 55.0  # Half of what a request with a key may take; the night has longer.
FIRST_DAY = date(2011, 1, 1)  # Stripe's own.


@dataclass(frozen=True, slots=True)
class ReconciliationsApi:
    gate: Gate
    once: Once
    runs: Reconciliations
    reconciler: Reconciler | None  # None: no processor is set up.

    async def list_runs(self, request: Request) -> Response:
        """Return the newest runs, newest first, with what differed."""
        await self.gate.check(request.headers.get("Authorization"), "read")
        found = await self.runs.recent(number_in(request, "limit", 30, PAGE_MAX))
        return json_response({"reconciliations": [_told(each) for each in found]})

    async def compare(self, request: Request) -> Response:
        """Compare a day now."""
        key = await self.gate.check(request.headers.get("Authorization"), "money")
        return await self.once.answer(
            request, key, lambda _: self._compare(request, key), required=False
        )

    async def _compare(self, request: Request, key: str) -> Response:
        if self.reconciler is None:
            raise Problem(409, "not set up", "The setting stripe_api_key is empty.")
        day = _day(text_in(await read_fields(request, ("day",)), "day"))
        try:
            with trio.fail_after(ANSWER_S):
                done = await self.reconciler.compare(day, key)
        except ProcessorError as error:
            raise Problem(503, "no answer", f"Stripe did not answer ({error.reason}).") from None
        except trio.TooSlowError:
            raise Problem(503, "no answer", "Stripe took too long.") from None
        except LedgerError as error:
            raise Problem(409, "not booked", f"The ledger refused it: {error}.") from None
        return json_response(_told(done), 201)


def _told(done: Reconciliation) -> dict[str, Any]:
    differences = [
        {
            "ref": each.ref,
            "kind": each.kind,
            "at_stripe": dollars(each.theirs) if each.theirs is not None else None,
            "in_ledger": dollars(each.ours) if each.ours is not None else None,
        }
        for each in done.differences
    ]
    return {
        "day": str(done.day),
        "run_ms": done.run_ms,
        "by": done.by,
        "compared": done.compared,
        "fees": dollars(done.fees),
        "payouts": dollars(done.payouts),
        "currency": "USD",
        "differences": differences,
    }


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem(400, "day", 'day: expected a day, like "2026-11-23".') from None
    if day > datetime.now(UTC).date():
        raise Problem(400, "day", f"day: {day} has not been yet.")
    if day < FIRST_DAY:
        raise Problem(400, "day", f"day: {day} is before {FIRST_DAY}, and before any payment.")
    return day
