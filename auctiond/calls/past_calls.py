"""Recorded calls as a replay takes them: fetched from a server by the page, with their networks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from auctiond.calls.replay import History, history
from auctiond.calls.replay_summary import Summary
from auctiond.net.api_client import ApiClient, ApiError
from auctiond.show.long_work import LongWork
from market.call import Call
from routing.network_file import NetworkError, read_network
from routing.snapshot import Snapshot, compile_network

PAGE = 50
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class LogRow:
    kind: str
    at_ms: int
    data: dict[str, Any]


class Step(NamedTuple):
    """A call, and how far we are: calls of so many, or minutes back of so many."""

    past: History
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class PastNetworks:
    """The networks that calls ran on, each fetched once."""

    client: ApiClient
    known: dict[int, Snapshot | None] = field(default_factory=dict)

    def of(self, past: History) -> Snapshot | None:
        """Return the network of a call; None where there is none, or none that can be read."""
        version = past.network
        if version not in self.known:
            self.known[version] = self._fetch(version) if version else None
        return self.known[version]

    def _fetch(self, version: int) -> Snapshot | None:
        try:
            text = self.client.send("GET", "/v1/network", query={"version": str(version)}).text
            return compile_network(version, read_network(text, f"version {version}"))
        except NetworkError:
            return None
        except ApiError as error:
            if error.status != 404:
                raise
            return None


def history_of(log: dict[str, Any]) -> History:
    """Return the history that a call's log tells."""
    call = Call(
        UUID(log["id"]), tracking_number=log["tracking_number"], arrived_ms=log["arrived_ms"]
    )
    return history(call, [LogRow(row["kind"], row["at_ms"], row["data"]) for row in log["rows"]])


def logs(
    client: ApiClient, last: int | None, since_ms: int, campaign: str | None
) -> Iterator[Step]:
    """Yield the newest calls: `last` of them at most, and none that came before `since_ms`."""
    now_ms, done, before = time.time_ns() // 1_000_000, 0, None
    while last is None or done < last:
        query = {"limit": str(PAGE)} | ({"before": before} if before else {})
        page = client.get("/v1/call-logs", **query | ({"campaign": campaign} if campaign else {}))
        for log in page["calls"]:
            if log["arrived_ms"] < since_ms or (last is not None and done >= last):
                return
            done += 1
            back = (now_ms - log["arrived_ms"]) // MINUTE_MS, (now_ms - since_ms) // MINUTE_MS
            yield Step(history_of(log), *((done, last) if last is not None else back))
        before = page["next"]
        if before is None:
            return


def summary_of(
    client: ApiClient,
    networks: PastNetworks,
    new: Snapshot | None,
    last: int | None,
    since_ms: int,
    campaign: str | None,
) -> Summary:
    """Return what came of the calls again, and on `new` if there is one. Shows how far it is."""
    summary = Summary()
    with LongWork() as work:
        for past, done, total in logs(client, last, since_ms, campaign):
            summary.add(past, networks.of(past), new)
            work.show("calls" if last is not None else "minutes back", done, total)
    return summary
