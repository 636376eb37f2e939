"""The ledger over the API: its entries, newest first, and the holds that are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quart import Request, Response, request
from quart_trio import QuartTrio

from auctiond.pg.entries import BadCursor, Entries, Entry
from auctiond.pg.ledger_book import OpenHold, PgBook
from auctiond.web.ask import PAGE_MAX, number_in
from auctiond.web.auth import Gate
from auctiond.web.openapi_parts import json_of, list_of, operation, query
from auctiond.web.problems import Problem, json_response
from ledger.accounts import CALLS, currency_of, unit_of
from ledger.moves import Booking, Hold, Release, TopUp, effect, name_of
from market.money import dollars

CURSOR_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class EntriesApi:
    gate: Gate
    entries: Entries
    book: PgBook

    async def list_entries(self, request: Request) -> Response:
        """Return the newest entries, of one account or all; `before` pages on from `next`."""
        await self._allow(request)
        limit = number_in(request, "limit", 50, PAGE_MAX)
        account, before = request.args.get("account"), request.args.get("before", "")
        if account is not None and unit_of(account) is None:
            right = "account: expected one like wallet:acme, publisher:p1 or margin."
            raise Problem(400, "account", right)
        try:
            found = await self.entries.page(account, before[:CURSOR_CHARS_MAX], limit)
        except BadCursor:
            raise Problem(400, "before", "before: expected the `next` of a page.") from None
        after = found[-1].cursor if len(found) == limit else None
        return json_response({"entries": [_told(one, account) for one in found], "next": after})

    async def list_holds(self, request: Request) -> Response:
        """Return what is set aside for calls, oldest call first; `after` pages on from `next`."""
        await self._allow(request)
        limit, after = number_in(request, "limit", 50, PAGE_MAX), request.args.get("after", "")
        try:
            found = await self.entries.open_holds(after[:CURSOR_CHARS_MAX], limit)
        except BadCursor:
            raise Problem(400, "after", "after: expected the `next` of a page.") from None
        next_ = str(found[-1].hold.id) if len(found) == limit else None
        count = await self.book.count_open_holds()
        return json_response(
            {"holds": [_hold(one) for one in found], "next": next_, "count": count}
        )

    async def _allow(self, request: Request) -> str:
        return await self.gate.check(request.headers.get("Authorization"), "read")


def _told(one: Entry, account: str | None) -> dict[str, Any]:
    move = one.move
    told: dict[str, Any] = {
        "id": str(move.id),
        "kind": name_of(move),
        "at_ms": round(one.at.timestamp() * 1000),
        "call": str(one.call_id) if one.call_id is not None else None,
        "lines": [amount_of(name, amount) for name, amount in effect(move).items()],
    }
    if isinstance(move, Hold):
        told["lines"] = [amount_of(line.account, line.amount, "held") for line in move.lines]
    if isinstance(move, Release) and one.hold is not None:
        held = one.hold.lines
        told["lines"] = [amount_of(line.account, line.amount, "released") for line in held]
    if isinstance(move, TopUp | Booking) and move.ref:
        told["ref"] = move.ref
    if isinstance(move, Booking):
        told |= {"actor": move.actor, "reason": move.reason}
        told["reverses"] = str(move.reverses) if move.reverses is not None else None
    if account is not None and one.posted is not None and one.held is not None:
        told["after"] = amount_of(account, one.posted, "balance")
        told["after"] |= amount_of(account, one.held, "held")
    return told


def amount_of(account: str, amount: int, name: str = "amount") -> dict[str, Any]:
    """Return an amount with what it counts: money as decimal text with its currency."""
    unit = unit_of(account) or ""
    if unit == CALLS:
        return {"account": account, name: str(amount), "unit": CALLS}
    return {"account": account, name: dollars(amount), "currency": currency_of(unit).upper()}


def _hold(one: OpenHold) -> dict[str, Any]:
    hold = one.hold
    return {
        "id": str(hold.id),
        "call": str(hold.call_id),
        "leg": hold.leg,
        "age_s": round(one.age_s, 1),
        "expires_ms": hold.expires_ms,
        "lines": [amount_of(line.account, line.amount) for line in hold.lines],
    }


def add_entries(app: QuartTrio, api: EntriesApi) -> None:
    """Add the routes."""

    @app.get("/v1/ledger/entries")
    async def list_entries() -> Response:
        return await api.list_entries(request)

    @app.get("/v1/holds")
    async def list_holds() -> Response:
        return await api.list_holds(request)


def entry_paths() -> dict[str, Any]:
    """Return the paths as OpenAPI."""
    pages = [query("account", "string"), query("before", "string"), query("limit", "integer")]
    objects, text = list_of({"type": "object"}), {"type": ["string", "null"]}
    holds = json_of({"holds": objects, "next": text, "count": {"type": "integer"}})
    newest = "Return the newest entries of the ledger, of one account or all."
    queue = [query("after", "string"), query("limit", "integer")]
    held = "Return what is set aside for calls, the oldest call first."
    found = json_of({"entries": objects, "next": text})
    return {
        "/v1/ledger/entries": {"get": operation(newest, "read", found, parameters=pages)},
        "/v1/holds": {"get": operation(held, "read", holds, parameters=queue)},
    }
