"""What everybody saw of a round: the carrier, the buyers, the records and the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from auctiond.pg.door import open_pg
from auctiond.pg.ledger_book import PgBook, open_book
from auctiond.pg.roles import AUDITOR
from auctiond.sandbox.carrier.truth import truth
from bench.crash.check import Seen
from bench.crash.moments import Aim
from bench.crash.stage import CrashStage

PAGE = 500
# Entries after which an account was under the lowest floor that any hold ever asked of it. The
# holds of reviews have none: they keep what was set aside already.
OVERSHOT = """
    SELECT e.account, e.seq FROM ledger_entry e JOIN (
        SELECT l->>0 AS account, min((l->>2)::bigint) AS floor
        FROM ledger_transfer t, jsonb_path_query(t.body::jsonb, '$.lines[*]') l
        WHERE t.kind = 'hold' AND (l->>2)::bigint > -100000000000000000
        GROUP BY 1) f ON f.account = e.account
    WHERE e.posted - e.held < f.floor
"""


async def gather(stage: CrashStage, aim: Aim, sessions: list[str]) -> Seen:
    """Return what was seen of the calls `sessions`."""
    calls = {call["call_ref"]: call for call in await _all_calls(stage)}
    ids = [calls[session]["id"] for session in sessions if session in calls]
    async with open_pg(_url(stage)) as pg, open_book(pg) as book, pg.held(AUDITOR) as auditor:
        captures = [entry for entry in await _captures(book) if entry[0] in ids]
        holds = [(str(found.hold.call_id), found.hold.leg) for found in await book.open_holds()]
        overshot = [f"overshot: {row[0]}, entry {row[1]}" for row in await auditor.fetch(OVERSHOT)]
        slots = {name: held for name, (_, held) in (await book.balances("slot:")).items()}
    people = dict(enumerate(stage.placed))
    posts = [_post(post, people) for post in stage.buyers.posts()]
    return Seen(
        truths=[truth(stage.carrier.exchange.calls[session]) for session in sessions],
        acknowledged=frozenset(aim.acknowledged),
        records=[await stage.get(f"/v1/calls/{call_id}") for call_id in ids],
        captures=captures,
        open_holds=[hold for hold in holds if hold[0] in ids],
        slots_held=slots if not holds else {},
        posts=[post for post in posts if post[2] in sessions],
        problems=[*await stage.verify(), *overshot],
    )


async def _all_calls(stage: CrashStage) -> list[Any]:
    found: list[Any] = []
    while True:
        before = {"before": found[-1]["id"]} if found else {}
        page = (await stage.get("/v1/calls", limit=PAGE, **before))["calls"]
        found += page
        if len(page) < PAGE:
            return found


async def _captures(book: PgBook) -> list[tuple[str, int]]:
    """Return every charge of a wallet, from the ledger itself."""
    now = datetime.now(UTC)
    return [
        (str(line.call_id), -line.posted_change)
        for wallet in await book.balances("wallet:")
        for line in await book.statement(wallet, now - timedelta(days=1), now + timedelta(days=1))
        if line.kind == "capture"
    ]


def _post(post: dict[str, Any], people: dict[int, str]) -> tuple[int, str, str, int]:
    return post["buyer"], post["id"], people.get(post["person"], ""), post["at_ms"]


def _url(stage: CrashStage) -> str:
    """Return how the app connects to the stage's PostgreSQL: past the server."""
    socket_dir = (stage.server.postgres / "postmaster.pid").read_text().splitlines()[4]
    return f"postgresql://auctiond_app@/auctiond?host={socket_dir}"
