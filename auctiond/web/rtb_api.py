"""What publishers asked and were answered, for operators: /v1/rtb/bids."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from quart import Request, Response

from auctiond.pg.rtb import RtbPings
from auctiond.rtb.matching import bid_id
from auctiond.rtb.view import line, whole
from auctiond.web.auth import Gate
from auctiond.web.problems import Problem, json_response

PAGE_MAX = 500
DOOR_MAX = 64  # Characters of an id.


@dataclass(frozen=True, slots=True)
class RtbApi:
    gate: Gate
    pings: RtbPings

    async def list_bids(self, request: Request) -> Response:
        """Return the newest pings, newest first; `before` pages on, `door` picks one door."""
        await self._allow(request)
        before = request.args.get("before")
        door = request.args.get("door")
        rows = await self.pings.recent(
            _limit(request.args.get("limit", "50")),
            _id(before) if before else None,
            door[:DOOR_MAX] if door else None,
        )
        return json_response({"bids": [line(row) for row in rows]})

    async def get_bid(self, request: Request, bid: str) -> Response:
        """Return one ping, and why each target did or did not bid."""
        await self._allow(request)
        row = await self.pings.get(_id(bid))
        if row is None:
            raise Problem(404, "no such bid", "Pings are kept for `rtb_keep_days`.")
        return json_response(whole(row))

    async def _allow(self, request: Request) -> None:
        await self.gate.check(request.headers.get("Authorization"), "read")


def _id(text: str) -> UUID:
    found = bid_id(text)
    if found is not None:
        return found
    try:
        return UUID(text)
    except ValueError:
        raise Problem(400, "bid id", "Expected a bid id: RTB and 32 hex digits.") from None


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= PAGE_MAX):
        raise Problem(400, "limit", f"limit: expected 1 to {PAGE_MAX}.")
    return int(text)
