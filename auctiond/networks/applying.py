"""Applying a network: read, compiled, stored as a new version, and only then current."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from auctiond.logs import Log
from auctiond.networks.formats import FormatShelf
from auctiond.networks.network_book import (
    Edition,
    NetworkBook,
    NetworkUnfit,
    compile_edition,
    compile_former,
)
from auctiond.pg.networks import Act, NetworkMoved, Networks, NetworkVersion
from buyers.errors import BuyerFileError
from buyers.format import BuyerFormat
from compliance.masking import mask
from compliance.sealing import SealBroken
from routing.network_diff import diff
from routing.network_file import NetworkError, read_network

CHANGES_MAX = 200  # On record with a version; its diff can always be computed again.


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
class Checked:
    """A network that may come into force after version `number`, and what it changes."""

    number: int
    edition: Edition
    changes: list[str]


def kept(changes: Sequence[str]) -> list[str]:
    """Return what is kept of `changes` on record."""
    more = len(changes) - CHANGES_MAX
    return [*changes[:CHANGES_MAX], *([f"and {more} more"] if more > 0 else [])]


@dataclass(frozen=True, slots=True)
class Applying:
    networks: Networks
    book: NetworkBook
    formats: Mapping[str, BuyerFormat]
    secrets: Callable[[str], str]
    log: Log
    tell: Callable[[int], Awaitable[object]] | None = None  # The other workers, of a new version.

    async def latest(self) -> NetworkVersion | None:
        """Return the newest version, or None before the first."""
        return await self.networks.latest()

    async def check(self, text: str) -> Checked:
        """Return what `text` would change; raise NotApplied with all that is wrong with it."""
        latest = await self.networks.latest()
        number = latest.no if latest is not None else 0
        try:
            if isinstance(self.formats, FormatShelf):
                await self.formats.refresh()
            network = read_network(text, "network", formats=self.formats.keys())
            former = self.book.current.snapshot if self.book.current is not None else None
            edition = compile_edition(number + 1, network, self.formats, self.secrets, former)
        except NetworkError as error:
            problems = [str(problem) for problem in error.problems]
            raise NotApplied(422, "The network was refused.", problems) from None
        except NetworkUnfit as error:
            raise NotApplied(422, "The network was refused.", list(error.problems)) from None
        except BuyerFileError as error:
            raise NotApplied(422, "A buyer's file was refused.", [str(error)]) from None
        changes = []
        if latest is not None:
            old = read_network(latest.toml, f"version {latest.no}")
            changes = [str(change) for change in diff(old, network)]
        return Checked(number, edition, changes)

    async def apply(self, text: str, *, expected: int | None, act: Act) -> Applied:
        """Make `text` the current network, or raise NotApplied with all that is wrong."""
        checked = await self.check(text)
        if expected is not None and expected != checked.number:
            title = f"The network is at version {checked.number}, not {expected}."
            raise NotApplied(409, title, [])
        act = replace(act, note=mask(act.note), changes=tuple(kept(checked.changes)))
        try:
            version = await self.networks.add(text, checked.number, act)
        except NetworkMoved:
            raise NotApplied(409, "Somebody else applied a network meanwhile.", []) from None
        self.book.put(checked.edition, current=True)
        count = len(checked.changes)
        self.log.info("network.applied", version=version, by=act.by, changes=count)
        if self.tell is not None:
            await self.tell(version)
        return Applied(version, checked.changes)

    async def roll_back(self, version: int, *, by: str, note: str) -> Applied:
        """Make a former version the current network, as a new version. Raises NotApplied."""
        latest, stored = await self.networks.latest(), await self.networks.get(version)
        if latest is None or stored is None:
            raise NotApplied(404, f"There is no version {version} of the network.", [])
        if stored.toml == latest.toml:
            raise NotApplied(409, f"Version {version} is in force already.", [])
        told = f"to version {version}" + (f": {note}" if note else "")
        act = Act(by, "rolled_back", note=told)
        return await self.apply(stored.toml, expected=latest.no, act=act)

    async def load(self) -> bool:
        """Make the newest stored network current, if there is one. Raises NetworkUnfit."""
        stored = await self.networks.latest()
        if stored is None:
            return False
        self.book.put(self._compile(stored, compile_edition), current=True)
        return True

    async def catch_up(self, version: int) -> None:
        """Take over a version that another worker has applied, if it can be read here."""
        if version <= self.book.version:
            return
        try:
            if isinstance(self.formats, FormatShelf):
                await self.formats.refresh()
            await self.load()
        except (NetworkUnfit, NetworkError, BuyerFileError, SealBroken) as error:
            self.log.error("network.not_taken_over", error, version=version)
        else:
            self.log.info("network.taken_over", version=self.book.version)

    async def load_former(self, version: int) -> None:
        """Bring a former network into memory, if it was ever stored."""
        stored = await self.networks.get(version)
        if stored is not None:
            self.book.put(self._compile(stored, compile_former), current=False)

    def _compile(self, stored: NetworkVersion, compile_it: Callable[..., Edition]) -> Edition:
        network = read_network(stored.toml, f"version {stored.no}")
        return compile_it(stored.no, network, self.formats, self.secrets)
