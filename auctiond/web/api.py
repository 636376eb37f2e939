"""The /v1 API: the network, calls, wallets. A handler asks one store or service, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from quart import Request, Response

from actors.call_desk import CallDesk
from auctiond.calls.call_view import candidates, summary, timeline
from auctiond.calls.leftovers import Leftovers, SettleRefused, told
from auctiond.calls.records import Records
from auctiond.money_desk import MoneyDesk, TopUpRefused
from auctiond.networks.applying import Applying, NotApplied
from auctiond.pg.calls import CallRow
from auctiond.pg.posts import Posts
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.posts import tries_of
from auctiond.web.problems import Problem, json_response
from market.call import Call, Outcome
from market.ids import unix_ms
from market.money import Micros, MoneyError, dollars, micros

PAGE_MAX = 500  # Calls in one answer; more is an export.
WHOLE_CHARS_MAX = 9  # No number that we are given is larger; reading a huge one takes long.
REF_MAX = 200  # A payment reference is an id, not an essay.
VERSION_MAX = 2**31 - 1  # What the database can count to.


@dataclass(frozen=True, slots=True)
class Api:
    gate: Gate
    records: Records
    posts: Posts
    desk: CallDesk
    tally: Mapping[str, int]
    applying: Applying
    money: MoneyDesk
    leftovers: Leftovers

    async def get_network(self, request: Request) -> Response:
        """Return the network as TOML, its version as ETag; `version` asks for a former one."""
        await self._allow(request, "read")
        if "version" in request.args:
            no = _number(request, "version", 1, VERSION_MAX)
            found = await self.applying.networks.get(no)
            if found is None:
                raise Problem(404, "no such version", f"There is no version {no} of the network.")
        else:
            found = await self.applying.latest()
            if found is None:
                raise Problem(404, "no network", "Apply one: auctiond network apply FILE.")
        return Response(found.toml, 200, {"ETag": f'"{found.no}"'}, "application/toml")

    async def list_networks(self, request: Request) -> Response:
        """Return the newest versions of the network, newest first, without their text."""
        await self._allow(request, "read")
        versions = await self.applying.networks.list(_number(request, "limit", 50, PAGE_MAX))
        lines = [
            {
                "version": one.no,
                "applied_at": one.applied_at.isoformat(),
                "applied_by": one.applied_by,
            }
            for one in versions
        ]
        return json_response({"versions": lines})

    async def put_network(self, request: Request) -> Response:
        """Apply a network: all of it, or nothing. If-Match names the version it replaces."""
        key = await self._allow(request, "network")
        expected = (request.headers.get("If-Match") or "").strip().strip('"')
        if expected and not _is_whole(expected):
            raise Problem(400, "If-Match", 'If-Match: expected a version like "3".')
        try:
            text = (await read_body(request)).decode()
        except UnicodeDecodeError:
            raise Problem(400, "no text", "A network is TOML, in UTF-8.") from None
        try:
            applied = await self.applying.apply(
                text, by=key, expected=int(expected) if expected else None
            )
        except NotApplied as error:
            raise Problem(error.status, error.title, problems=error.problems) from None
        reply = json_response({"version": applied.version, "changes": applied.changes})
        reply.headers["ETag"] = f'"{applied.version}"'
        return reply

    async def list_calls(self, request: Request) -> Response:
        """Return the newest calls, newest first; `before` pages on from an id."""
        await self._allow(request, "read")
        limit = _number(request, "limit", 50, PAGE_MAX)
        before = request.args.get("before")
        rows = await self.records.recent(limit, _call_id(before) if before else None)
        ended = await self.records.summaries(rows)
        return json_response({"calls": [self._line(row, ended.get(row.id)) for row in rows]})

    async def status(self, request: Request) -> Response:
        """Return how many calls live, and how those ended that this process has seen."""
        await self._allow(request, "read")
        return json_response({"live": len(self.desk.live()), "ended": dict(self.tally)})

    async def get_call(self, request: Request, call_id: str) -> Response:
        """Return the record of a call, its timeline, and a row for each candidate."""
        await self._allow(request, "read")
        record = await self.records.get(_call_id(call_id))
        if record is None:
            raise Problem(404, "no such call", f"There is no call {call_id}.")
        life = record.life()
        view = {
            "timeline": timeline(record.events, record.arrived_ms),
            "candidates": candidates(life),
            "posts": tries_of(await self.posts.of_call(record.row.id)),
        }
        return json_response(self._line(record.row, summary(life.call)) | view)

    async def list_wallets(self, request: Request) -> Response:
        """Return all wallets with what they hold, in dollars and in micros."""
        await self._allow(request, "read")
        return json_response({"wallets": await self.money.wallets()})

    async def top_up(self, request: Request, buyer: str) -> Response:
        """Put money into a wallet. The same `ref` twice is one payment."""
        await self._allow(request, "money")
        amount, ref = await _payment(request)
        try:
            new = await self.money.top_up(buyer, amount, ref)
        except TopUpRefused as error:
            raise Problem(error.status, str(error)) from None
        return json_response({"buyer": buyer, "amount": dollars(amount), "new": new}, 201)

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
        leg, outcome = await _decision(request)
        try:
            await self.leftovers.by_hand(_call_id(call_id), leg, outcome, key)
        except SettleRefused as error:
            raise Problem(error.status, "not settled", str(error)) from None
        return json_response({"call": call_id, "leg": leg, "outcome": outcome.name.lower()})

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)

    def _line(self, row: CallRow, ended: Mapping[str, Any] | None) -> dict[str, object]:
        """Return a call in one line: from its end, or as it lives."""
        if ended is None:
            live = self.desk.find(row.id)
            ended = summary(live if live is not None else Call(row.id))
        return {
            "id": str(row.id),
            "call_ref": row.call_ref,
            "arrived_ms": unix_ms(row.id),
            "tracking_number": row.tracking_number,
            "campaign": row.campaign,
            "publisher": row.publisher,
        } | dict(ended)


def _call_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(400, "call id", f"{text!r} is no call id; one looks like a UUID.") from None


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not _is_whole(text) or not 1 <= int(text) <= most:
        raise Problem(400, name, f"{name}: expected 1 to {most}, got {text[:20]!r}.")
    return int(text)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= WHOLE_CHARS_MAX


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
    try:
        body = orjson.loads(await read_body(request))
    except orjson.JSONDecodeError:
        raise Problem(400, "JSON", 'Expected {"amount": "50.00", "ref": "..."}.') from None
    amount, ref = (body.get("amount"), body.get("ref")) if isinstance(body, dict) else (None, None)
    if not isinstance(ref, str) or not 1 <= len(ref) <= REF_MAX or not ref.isprintable():
        expected = f"ref: expected the payment's id, 1 to {REF_MAX} printable characters."
        raise Problem(400, "ref", expected)
    try:
        if not isinstance(amount, str):
            raise MoneyError
        return micros(amount), ref
    except MoneyError:
        raise Problem(400, "amount", 'amount: expected dollars as text, like "50.00".') from None
