"""The editions of the network: running calls keep the one they started with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from buyers.codec import BoundBuyer, bind
from buyers.format import BuyerFormat
from market.bids import TargetId
from market.network import Network
from routing.snapshot import Snapshot, compile_network

EDITIONS_MAX = 64  # In memory. No call lives through so many changes of the network.


class UnknownFormat(Exception):
    """A target names a buyer format that is not in the library."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of the network, ready for use."""

    snapshot: Snapshot
    buyers: Mapping[TargetId, BoundBuyer]  # Of the targets that are pinged.


def compile_edition(
    version: int,
    network: Network,
    formats: Mapping[str, BuyerFormat],
    secrets: Callable[[str], str],
) -> Edition:
    """Return `network` ready for use. Raises what is wrong with a format or a secret."""
    buyers = {}
    for target in network.targets:
        if target.ping is None:
            continue
        if target.ping.format not in formats:
            known = ", ".join(sorted(formats))
            raise UnknownFormat(
                f"target {target.id}: no format {target.ping.format!r}; there are {known}"
            )
        buyers[target.id] = bind(formats[target.ping.format], target, secrets)
    return Edition(compile_network(version, network), buyers)


class NetworkBook:
    def __init__(self) -> None:
        self._editions: dict[int, Edition] = {}
        self.current: Edition | None = None

    @property
    def version(self) -> int:
        """The version that calls start with now; 0 before the first."""
        return self.current.snapshot.version if self.current is not None else 0

    def put(self, edition: Edition, *, current: bool) -> None:
        """Keep `edition`; `current`: calls that arrive from now on start with it."""
        self._editions[edition.snapshot.version] = edition
        if current:
            self.current = edition
        for version in sorted(self._editions)[:-EDITIONS_MAX]:
            del self._editions[version]

    def edition(self, version: int) -> Edition:
        """Return the edition of `version`. Raises KeyError if it is not in memory."""
        return self._editions[version]
