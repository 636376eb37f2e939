"""The /v1 API of what was: calls with all rows of their logs, which is what a replay needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quart import Request, Response

from auctiond.calls.records import Record, Records
from auctiond.web.ask import call_id_in, number_in
from auctiond.web.auth import Gate
from auctiond.web.problems import Problem, json_response

LOGS_MAX = 100  # Calls in one answer: a log of a large auction has 50 kB.


@dataclass(frozen=True, slots=True)
class HistoryApi:
    gate: Gate
    records: Records

    async def get_log(self, request: Request, call_id: str) -> Response:
        """Return a call with all rows of its log, as they are stored."""
        await self.gate.check(request.headers.get("Authorization"), "read")
        record = await self.records.get(call_id_in(call_id))
        if record is None:
            raise Problem(404, "no such call", f"There is no call {call_id}.")
        return json_response(log_of(record))

    async def list_logs(self, request: Request) -> Response:
        """Return the newest calls with their logs, newest first; `before` pages on from an id.

        `next` is where the next page begins, also where none of this page was of the `campaign`.
        """
        await self.gate.check(request.headers.get("Authorization"), "read")
        limit = number_in(request, "limit", 50, LOGS_MAX)
        before, campaign = request.args.get("before"), request.args.get("campaign")
        found = await self.records.page(limit, call_id_in(before) if before else None)
        wanted = [one for one in found if campaign in (None, one.row.campaign)]
        following = str(found[-1].row.id) if len(found) == limit else None
        return json_response({"calls": [log_of(one) for one in wanted], "next": following})


def log_of(record: Record) -> dict[str, Any]:
    """Return a call with its log. Neither holds anything personal."""
    return {
        "id": str(record.row.id),
        "arrived_ms": record.arrived_ms,
        "tracking_number": record.row.tracking_number,
        "campaign": record.row.campaign,
        "rows": [{"kind": row.kind, "at_ms": row.at_ms, "data": row.data} for row in record.events],
    }
