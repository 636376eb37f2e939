"""What a network would have made of the last calls: computed beside live ones, and slowly so."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import trio

from auctiond.calls.records import Records
from auctiond.calls.replay import history
from auctiond.calls.replay_summary import Summary
from auctiond.pg.networks import Networks
from market.network import Network
from routing.network_file import NetworkError, read_network
from routing.snapshot import Snapshot, compile_network

LAST_MAX = 500  # Calls. More is for `auctiond auction replay`, which computes elsewhere.
PAGE = 25
PAUSE_S = 0.004  # After each call: live auctions come first.


@dataclass(frozen=True, slots=True)
class DryRun:
    records: Records
    networks: Networks
    one_at_a_time: trio.Lock = field(default_factory=trio.Lock)

    async def run(self, network: Network, last: int, campaign: str | None) -> Summary:
        """Return what `network` would have made of the `last` calls."""
        new, summary = compile_network(0, network), Summary()
        known: dict[int, Snapshot | None] = {0: None}
        before: UUID | None = None
        async with self.one_at_a_time:
            while summary.calls < last:
                page = await self.records.page(min(PAGE, last), before)
                for record in page:
                    if campaign in (None, record.row.campaign) and summary.calls < last:
                        past = history(record.start(), record.events)
                        summary.add(past, await self._network(past.network, known), new)
                        await trio.sleep(PAUSE_S)
                if not page:
                    break
                before = page[-1].row.id
        return summary

    async def _network(self, version: int, known: dict[int, Snapshot | None]) -> Snapshot | None:
        if version not in known:
            stored = await self.networks.get(version)
            known[version] = None if stored is None else _compiled(version, stored.toml)
        return known[version]


def _compiled(version: int, text: str) -> Snapshot | None:
    try:
        return compile_network(version, read_network(text, f"version {version}"))
    except NetworkError:
        return None
