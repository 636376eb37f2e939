"""Posts of leads over the API: those nobody knows the end of, and what a person found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from quart import Request, Response

from auctiond.metrics import Metrics
from auctiond.pg.posts import PostEnd, PostInDoubt, Posts, PostTry
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.problems import Problem, json_response
from market.flows import PostOutcome

SHOWN_MAX = 500  # More in doubt at once is a buyer that is down, and one look tells that.
FOUND_OUT: dict[object, PostOutcome] = {"accepted": "accepted", "refused": "refused"}


@dataclass(frozen=True, slots=True)
class PostsApi:
    gate: Gate
    posts: Posts
    metrics: Metrics
    now_ms: Callable[[], int]

    async def list_posts(self, request: Request) -> Response:
        """Return the posts that nobody knows the end of, newest first."""
        await self.gate.check(request.headers.get("Authorization"), "read")
        found = await self.posts.in_doubt(SHOWN_MAX)
        return json_response({"posts": [_in_doubt(one) for one in found]})

    async def settle(self, request: Request, call_id: str) -> Response:
        """Take down what a person found out about a post: no lead leaves, and no money moves."""
        key = await self.gate.check(request.headers.get("Authorization"), "money")
        leg, outcome = await _finding(request)
        post = await self.posts.open_one(_call_id(call_id), leg)
        if post is None:
            raise Problem(404, "no such post", f"No post of leg {leg} of {call_id} is in doubt.")
        end, at = (
            PostEnd(outcome, "by_hand", key),
            datetime.fromtimestamp(self.now_ms() / 1000, UTC),
        )
        if not await self.posts.end(post.call_id, leg, post.begun + 1, end, at, None):
            raise Problem(409, "not settled", "It was just tried again; look at it anew.")
        self.metrics.posts(outcome).inc()
        return json_response({"call": call_id, "leg": leg, "outcome": outcome})


def tries_of(tries: list[PostTry]) -> list[dict[str, Any]]:
    """Return the tries of a call's posts, for its record."""
    return [
        {
            "leg": one.leg,
            "try": one.no,
            "target": one.target,
            "outcome": one.end.outcome,
            "reason": one.end.reason,
            "by": one.end.by,
            "at_ms": _ms(one.at),
        }
        for one in tries
    ]


def _in_doubt(one: PostInDoubt) -> dict[str, Any]:
    post = one.post
    return {
        "call": str(post.call_id),
        "leg": post.leg,
        "target": one.target,
        "buyer": one.buyer,
        "tries": post.begun,
        "outcome": post.outcome or "unknown",
        "since_ms": _ms(post.since),
        "again_ms": _ms(post.due) if post.due is not None else None,
    }


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _call_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(400, "call id", f"{text!r} is no call id; one looks like a UUID.") from None


async def _finding(request: Request) -> tuple[int, PostOutcome]:
    try:
        body = orjson.loads(await read_body(request))
    except orjson.JSONDecodeError:
        body = None
    leg, said = (body.get("leg"), body.get("outcome")) if isinstance(body, dict) else (0, "")
    outcome = FOUND_OUT.get(said) if isinstance(said, str) else None
    if type(leg) is not int or leg < 1 or outcome is None:
        raise Problem(400, "finding", 'Expected {"leg": 1, "outcome": "accepted"} or "refused".')
    return leg, outcome
