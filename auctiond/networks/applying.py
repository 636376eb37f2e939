"""Applying a network: read, compiled, stored as a new version, and only then current."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auctiond.logs import Log
from auctiond.networks.network_book import (
    Edition,
    NetworkBook,
    NetworkUnfit,
    compile_edition,
    compile_former,
)
from auctiond.pg.networks import NetworkMoved, Networks, NetworkVersion
from buyers.format import BuyerFormat
from routing.network_diff import diff
from routing.network_file import NetworkError, read_network


class NotApplied(Exception):
    """The network was refused; the running one stays."""

    def __init__(self, status: int, title: str, problems: list[str]) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Applied:
    version: int
    changes: list[str]


@dataclass(frozen=True, slots=True)
class Applying:
    networks: Networks
    book: NetworkBook
    formats: Mapping[str, BuyerFormat]
    secrets: Callable[[str], str]
    log: Log

    async def latest(self) -> NetworkVersion | None:
        """Return the newest version, or None before the first."""
        return await self.networks.latest()

    async def apply(self, text: str, *, by: str, expected: int | None) -> Applied:
        """Make `text` the current network, or raise NotApplied with all that is wrong."""
        latest = await self.networks.latest()
        number = latest.no if latest is not None else 0
        if expected is not None and expected != number:
            raise NotApplied(409, f"The network is at version {number}, not {expected}.", [])
        try:
            network = read_network(text, "network", formats=self.formats.keys())
            compile_edition(number + 1, network, self.formats, self.secrets)
        except NetworkError as error:
            problems = [str(problem) for problem in error.problems]
            raise NotApplied(422, "The network was refused.", problems) from None
        except NetworkUnfit as error:
            raise NotApplied(422, "The network was refused.", list(error.problems)) from None
        changes = []
        if latest is not None:
            old = read_network(latest.toml, f"version {latest.no}")
            changes = [str(change) for change in diff(old, network)]
        try:
            version = await self.networks.add(text, by, number)
        except NetworkMoved:
            raise NotApplied(409, "Somebody else applied a network meanwhile.", []) from None
        former = self.book.current.snapshot if self.book.current is not None else None
        made = compile_edition(version, network, self.formats, self.secrets, former)
        self.book.put(made, current=True)
        self.log.info("network.applied", version=version, by=by, changes=len(changes))
        return Applied(version, changes)

    async def load(self) -> bool:
        """Make the newest stored network current, if there is one. Raises NetworkUnfit."""
        stored = await self.networks.latest()
        if stored is None:
            return False
        self.book.put(self._compile(stored, compile_edition), current=True)
        return True

    async def load_former(self, version: int) -> None:
        """Bring a former network into memory, if it was ever stored."""
        stored = await self.networks.get(version)
        if stored is not None:
            self.book.put(self._compile(stored, compile_former), current=False)

    def _compile(self, stored: NetworkVersion, compile_it: Callable[..., Edition]) -> Edition:
        network = read_network(stored.toml, f"version {stored.no}")
        return compile_it(stored.no, network, self.formats, self.secrets)
