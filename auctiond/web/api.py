"""The /v1 API: calls, wallets, the ledger. A handler asks one store or service, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from quart import Request, Response

from auctiond.calls.call_view import summary, timeline
from auctiond.calls.candidates import candidates
from auctiond.calls.leftovers import Leftovers, SettleRefused, told
from auctiond.calls.records import Records
from auctiond.money_desk import MoneyDesk, TopUpRefused
from auctiond.networks.editions import Editions
from auctiond.pg.calls import CallRow
from auctiond.pg.posts import Posts
from auctiond.web.ask import PAGE_MAX, call_id_in, number_in
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.idempotency import Once
from auctiond.web.money_body import opaque_in
from auctiond.web.payments import USD, amount_in, object_in
from auctiond.web.posts import tries_of
from auctiond.web.problems import Problem, json_response
from auctiond.workers.elsewhere import Elsewhere
from market.bids import TargetId
from market.call import Call, Outcome
from market.ids import unix_ms
from market.money import Micros, dollars


@dataclass(frozen=True, slots=True)
class Api:
    gate: Gate
    records: Records
    posts: Posts
    elsewhere: Elsewhere  # Calls that live, or have just ended, in any worker.
    money: MoneyDesk
    leftovers: Leftovers
    editions: Editions
    once: Once

    async def list_calls(self, request: Request) -> Response:
        """Return the newest calls, newest first; `before` pages on from an id."""
        await self._allow(request, "read")
        limit = number_in(request, "limit", 50, PAGE_MAX)
        before = request.args.get("before")
        rows = await self.records.recent(limit, call_id_in(before) if before else None)
        known = await self.records.summaries(rows)
        known |= await self.elsewhere.summaries([row.id for row in rows if row.id not in known])
        if missed := [row for row in rows if row.id not in known]:  # Written between the two looks.
            known |= await self.records.summaries(missed)
        return json_response({"calls": [_line(row, known.get(row.id)) for row in rows]})

    async def status(self, request: Request) -> Response:
        """Return how many calls live, and how those ended that the running workers have seen."""
        await self._allow(request, "read")
        live, ended = await self.elsewhere.status()
        return json_response({"live": live, "ended": ended})

    async def get_call(self, request: Request, call_id: str) -> Response:
        """Return the record of a call, its timeline, and a row for each candidate."""
        await self._allow(request, "read")
        record = await self.records.get(call_id_in(call_id))
        if record is None:
            raise Problem(404, "no such call", f"There is no call {call_id}.")
        life = record.life()
        view = {
            "timeline": timeline(record.events, record.arrived_ms),
            "candidates": candidates(life, await self._tiers(life.call)),
            "posts": tries_of(await self.posts.of_call(record.row.id)),
        }
        return json_response(_line(record.row, summary(life.call)) | view)

    async def list_wallets(self, request: Request) -> Response:
        """Return all wallets with what they hold, in dollars and in micros."""
        await self._allow(request, "read")
        return json_response({"wallets": await self.money.wallets()})

    async def top_up(self, request: Request, buyer: str) -> Response:
        """Put money into a wallet. The same `ref` twice is one payment."""
        key = await self._allow(request, "money")
        return await self.once.answer(
            request, key, lambda _: self._top_up(request, buyer), required=False
        )

    async def _top_up(self, request: Request, buyer: str) -> Response:
        amount, ref = await _payment(request)
        try:
            new = await self.money.top_up(buyer, amount, ref)
        except TopUpRefused as error:
            raise Problem(error.status, str(error)) from None
        told = {"buyer": buyer, "amount": dollars(amount), "currency": USD, "new": new}
        return json_response(told, 201)

    async def totals(self, request: Request) -> Response:
        """Return the ledger's totals, in micros."""
        await self._allow(request, "read")
        return json_response(await self.money.totals())

    async def verify(self, request: Request) -> Response:
        """Check the whole ledger, and tell what is wrong with it."""
        await self._allow(request, "read")
        return json_response(await self.money.verify())

    async def reviews(self, request: Request) -> Response:
        """Return what is held and waits for a person, and why."""
        await self._allow(request, "read")
        found = [told(review) for review in self.leftovers.reviews.values()]
        return json_response({"reviews": found})

    async def settle(self, request: Request, call_id: str) -> Response:
        """Settle what is held for a leg of a call, as a person decided."""
        key = await self._allow(request, "money")
        return await self.once.answer(
            request, key, lambda _: self._settle(request, call_id, key), required=False
        )

    async def _settle(self, request: Request, call_id: str, key: str) -> Response:
        leg, outcome = await _decision(request)
        try:
            await self.leftovers.by_hand(call_id_in(call_id), leg, outcome, key)
        except SettleRefused as error:
            raise Problem(error.status, "not settled", str(error)) from None
        return json_response({"call": call_id, "leg": leg, "outcome": outcome.name.lower()})

    async def _tiers(self, call: Call) -> list[tuple[TargetId, ...]]:
        """Return the targets of the tiers of `call`, by the network it ran on."""
        if not await self.editions.need(call.network) or not call.network:
            return []
        snapshot = self.editions.networks.edition(call.network).snapshot
        campaign = snapshot.campaigns.get(call.campaign)
        return [tier.targets for tier in campaign.tiers] if campaign is not None else []

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)


def _line(row: CallRow, known: Mapping[str, Any] | None) -> dict[str, object]:
    """Return a call in one line. Of whom nobody knows more, it has come: it is to be taken up."""
    return {
        "id": str(row.id),
        "call_ref": row.call_ref,
        "arrived_ms": unix_ms(row.id),
        "tracking_number": row.tracking_number,
        "campaign": row.campaign,
        "publisher": row.publisher,
    } | dict(summary(Call(row.id)) if known is None else known)


async def _decision(request: Request) -> tuple[int, Outcome]:
    try:
        body = orjson.loads(await read_body(request))
    except orjson.JSONDecodeError:
        body = None
    leg, outcome = (body.get("leg"), body.get("outcome")) if isinstance(body, dict) else (0, "")
    if type(leg) is not int or leg < 1 or outcome not in ("capture", "release"):
        wanted = 'Expected {"leg": 1, "outcome": "capture"} or "release".'
        raise Problem(400, "decision", wanted)
    return leg, Outcome[outcome.upper()]


async def _payment(request: Request) -> tuple[Micros, str]:
    body = await object_in(request, "amount", "ref")
    ref = opaque_in(body, "ref")
    return amount_in(body, "amount"), ref
