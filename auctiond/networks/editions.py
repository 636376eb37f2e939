"""Older editions of the network, brought back into memory for the calls that started with them."""

from __future__ import annotations

from dataclasses import dataclass

from auctiond.logs import Log
from auctiond.networks.applying import Applying
from auctiond.networks.network_book import NetworkBook
from compliance.sealing import SealBroken
from routing.network_file import NetworkError


@dataclass(frozen=True, slots=True)
class Editions:
    networks: NetworkBook
    applying: Applying
    log: Log

    async def need(self, version: int) -> bool:
        """Have `version` in memory. False: it cannot be read any more; 0 is none, and needs none.

        An old secret that was taken away, or a format that has gone, must not stop a server.
        """
        if version == 0 or self.networks.has(version):
            return True
        try:
            await self.applying.load_former(version)
        except (NetworkError, SealBroken) as error:
            self.log.error("network.unreadable", error, version=version)
        return self.networks.has(version)
