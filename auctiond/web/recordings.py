"""Recordings over the API: look, make a link, delete; and the one door that a link opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from quart import Request, Response

from auctiond.pg.recordings import RecordingBook, RecordingRow
from auctiond.recording.keeper import Keeper
from auctiond.recording.link import MINUTES, MINUTES_MAX
from auctiond.recording.listening import Listening, NotThere, Opened, id_in
from auctiond.web.ask import PAGE_MAX, number_in
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.problems import Problem, json_response

SCOPE = "recordings"
STATES = ("asked", "told", "kept", "deleting", "gone", "lost", "elsewhere")
LISTEN_S = 3600  # The longest that somebody may take to hear one.
ENDING = {"audio/wav": "wav", "audio/mpeg": "mp3"}


@dataclass(frozen=True, slots=True)
class RecordingsApi:
    gate: Gate
    book: RecordingBook
    keeper: Keeper
    listening: Listening
    reached_at: str

    async def list_recordings(self, request: Request) -> Response:
        """Return the newest recordings, newest first; `before` pages on from an id."""
        await self._allow(request, "read")
        limit, state = number_in(request, "limit", 50, PAGE_MAX), request.args.get("state")
        if state is not None and state not in STATES:
            raise Problem(400, "state", f"state: expected one of {', '.join(STATES)}.")
        before, call = request.args.get("before"), request.args.get("call")
        rows = await self.book.recent(
            limit, _id(before) if before else None, _id(call) if call else None, state
        )
        return json_response({"recordings": [_line(row) for row in rows]})

    async def get(self, request: Request, recording: str) -> Response:
        """Return a recording and all that happened to it: who made links, who listened."""
        await self._allow(request, "read")
        row = await self._row(recording)
        events = await self.book.events(row.id)
        told = [{"at_ms": e.at_ms, "what": e.what, "why": e.why, "by": e.by} for e in events]
        return json_response(_line(row) | {"events": told})

    async def link(self, request: Request, recording: str) -> Response:
        """Make a link under which whoever has it may listen, until it expires."""
        by = await self._allow(request, SCOPE)
        minutes = _minutes(await read_body(request))
        row = await self._row(recording)
        try:
            token, link = await self.listening.link(row, minutes, by)
        except NotThere as error:
            raise Problem(409, "nothing to hear", error.reason) from None
        url = f"{self.reached_at}/recordings/{token}"
        return json_response({"url": url, "link": link.id, "expires_ms": link.expires_ms}, 201)

    async def delete(self, request: Request, recording: str) -> Response:
        """Delete a recording: its file is gone when this answers, or as soon as the store is."""
        by = await self._allow(request, SCOPE)
        row = await self._row(recording)
        if not await self.keeper.delete(row.id, by):
            raise Problem(409, "nothing to delete", f"It is {row.state} already.")
        return json_response(_line(await self._row(recording)))

    async def listen(self, token: str) -> Response:
        """Answer with the recording that a link leads to. No key: the link is one."""
        try:
            opened = await self.listening.open(token)
        except NotThere as error:
            raise Problem(404, "nothing to hear", error.reason) from None
        row = opened.row
        name = f"{row.id}.{ENDING.get(row.type, 'bin')}"
        headers = {
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Length": str(row.bytes),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        response = Response(_pieces(opened), 200, headers, row.type)
        response.timeout = LISTEN_S
        return response

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)

    async def _row(self, recording: str) -> RecordingRow:
        row = await self.book.get(_id(recording))
        if row is None:
            raise Problem(404, "no such recording", f"There is no recording {recording}.")
        return row


async def _pieces(opened: Opened) -> AsyncIterator[bytes]:
    async with opened.stack:
        async for piece in opened.pieces:
            yield piece


def _minutes(body: bytes) -> int:
    right = f'minutes: expected a whole number from 1 to {MINUTES_MAX}, as {{"minutes": 15}}.'
    try:
        told = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise Problem(400, "not JSON", right) from None
    minutes = told.get("minutes", MINUTES) if isinstance(told, dict) else None
    if type(minutes) is not int or not 1 <= minutes <= MINUTES_MAX:
        raise Problem(400, "minutes", right)
    return minutes


def _line(row: RecordingRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "call": str(row.call_id),
        "kind": row.kind,
        "leg": row.leg,
        "began_ms": row.began_ms,
        "state": row.state,
        "why": row.why,
        "duration_ms": row.duration_ms,
        "channels": row.channels,
        "bytes": row.bytes,
        "type": row.type,
        "store": row.store,
        "kept_until_ms": row.due_ms if row.state == "kept" else None,
    }


def _id(text: str) -> UUID:
    found = id_in(text)
    if found is None:
        raise Problem(400, "id", f"{text[:40]!r} is no id; one looks like a UUID.")
    return found
