"""Callbacks and suppressions over the API: ask, look, call off; and whom we do not call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import trio
from quart import Request, Response

from auctiond.callbacks.desk import CallbackDesk, Taken
from auctiond.keys.vault import Vault
from auctiond.metrics import Metrics
from auctiond.pg.callbacks import CallbackBook, CallbackRow, Move
from auctiond.pg.suppressions import Suppressed, Suppressions
from auctiond.web.ask import PAGE_MAX, number_in
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.callback_request import KEY_RIGHT, numbers_in, read_key, read_request
from auctiond.web.problems import Problem, json_response
from market.reasons import reason_of

SCOPE = "callbacks"
STATES = ("waiting", "calling", "over")
STATUS = {"new": 201, "known": 200, "other": 409, "waits": 409, "refused": 422}
INDEXES_AT_ONCE = 100  # A fraction of a millisecond.


@dataclass(frozen=True, slots=True)
class CallbacksApi:
    gate: Gate
    desk: CallbackDesk
    book: CallbackBook
    suppressions: Suppressions
    vault: Vault
    metrics: Metrics
    now_ms: Callable[[], int]
    hush: Callable[[UUID], object]  # Ends a call whose person does not want to be called.

    async def ask(self, request: Request) -> Response:
        """Ask for a callback. The same Idempotency-Key again is the same callback."""
        by = await self._allow(request, SCOPE)
        key = read_key(request.headers.get("Idempotency-Key"))
        wanted = read_request(await read_body(request), self.now_ms(), f"{by}:{key}")
        taken = await self.desk.want(wanted)
        if taken.result == "other":
            raise Problem(409, "key used", f"Another request had this key. {KEY_RIGHT}")
        if taken.result in ("waits", "refused"):
            raise _refused(taken)
        found = await self.book.get(taken.id) if taken.id is not None else None
        assert found is not None
        return json_response(_line(found), STATUS[taken.result])

    async def list_callbacks(self, request: Request) -> Response:
        """Return the newest callbacks, newest first; `before` pages on from an id."""
        await self._allow(request, "read")
        limit, state = number_in(request, "limit", 50, PAGE_MAX), request.args.get("state")
        if state is not None and state not in STATES:
            raise Problem(400, "state", f"state: expected one of {', '.join(STATES)}.")
        before = request.args.get("before")
        rows = await self.book.recent(limit, _id(before) if before else None, state)
        return json_response({"callbacks": [_line(row) for row in rows]})

    async def get(self, request: Request, callback: str) -> Response:
        """Return a callback, its attempts, and what happened to it."""
        await self._allow(request, "read")
        row = await self._row(callback)
        attempts, events = await self.book.attempts(row.id), await self.book.events(row.id)
        return json_response(
            _line(row)
            | {
                "attempts": [
                    {"no": one.no, "call": str(one.call_id), "at_ms": one.at_ms} for one in attempts
                ],
                "events": [
                    {"at_ms": one.at_ms, "what": one.what, "reason": one.reason} for one in events
                ],
            }
        )

    async def cancel(self, request: Request, callback: str) -> Response:
        """Call a callback off that waits."""
        await self._allow(request, SCOPE)
        row, now_ms = await self._row(callback), self.now_ms()
        move = Move(
            row.id, "waiting", row.attempts, "over", "withdrawn", now_ms, now_ms, "cancelled"
        )
        if not await self.book.move(move):
            detail = "It is over." if row.state == "over" else "Its phone rings, or they talk."
            raise Problem(409, "not cancelled", detail)
        return json_response(_line(await self._row(callback)))

    async def suppress(self, request: Request) -> Response:
        """Put numbers on a list of whom we do not call: from now on, also for what waits."""
        by = await self._allow(request, SCOPE)
        name, numbers = numbers_in(await read_body(request))
        indexes = await self._indexes(numbers)
        done = await self.suppressions.add(name, indexes, self.now_ms(), by)
        self.metrics.suppressed.inc(done.added)
        for call in done.calls:
            self.hush(call)
        return json_response(_told(name, done), 201)

    async def unsuppress(self, request: Request) -> Response:
        """Take numbers off a list."""
        by = await self._allow(request, SCOPE)
        name, numbers = numbers_in(await read_body(request))
        indexes = await self._indexes(numbers)
        gone = await self.suppressions.remove(name, indexes, self.now_ms(), by)
        return json_response({"list": name, "removed": gone})

    async def list_suppressions(self, request: Request) -> Response:
        """Return the lists there are, and how many numbers are on each."""
        await self._allow(request, "read")
        lists = await self.suppressions.lists()
        found = [
            {"list": one.name, "count": one.count, "newest_ms": one.newest_ms} for one in lists
        ]
        return json_response({"lists": found})

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)

    async def _indexes(self, numbers: list[str]) -> list[bytes]:
        """Return what numbers are found by, letting auctions run in between."""
        found: list[bytes] = []
        for number in numbers:
            found.append(self.vault.index(number))
            if not len(found) % INDEXES_AT_ONCE:
                await trio.lowlevel.checkpoint()
        return found

    async def _row(self, callback: str) -> CallbackRow:
        row = await self.book.get(_id(callback))
        if row is None:
            raise Problem(404, "no such callback", f"There is no callback {callback}.")
        return row


def _refused(taken: Taken) -> Problem:
    reason = reason_of(taken.reason)
    return Problem(
        STATUS[taken.result],
        "not called back",
        f"{taken.reason}: {reason.text}.",
        reason=taken.reason,
        who=reason.who,
        **({"callback": str(taken.id)} if taken.id is not None else {}),
    )


def _told(name: str, done: Suppressed) -> Mapping[str, Any]:
    return {
        "list": name,
        "added": done.added,
        "callbacks_ended": done.ended,
        "calls_ended": len(done.calls),
    }


def _line(row: CallbackRow) -> dict[str, Any]:
    speed = row.first_dial_ms - row.asked_ms if row.first_dial_ms is not None else None
    who = reason_of(row.reason).who if row.reason else None
    return {
        "id": str(row.id),
        "campaign": row.campaign,
        "publisher": row.publisher,
        "source": row.source,
        "facts": dict(row.facts),
        "asked_ms": row.asked_ms,
        "state": row.state,
        "reason": row.reason,
        "who": who,
        "due_ms": row.due_ms if row.state == "waiting" else None,
        "attempts_made": row.attempts,
        "call": str(row.call_id) if row.call_id is not None else None,
        "speed_to_lead_ms": speed,
    }


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(400, "callback id", "A callback's id looks like a UUID.") from None
