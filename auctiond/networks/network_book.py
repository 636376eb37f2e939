"""The editions of the network: running calls keep the one they started with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from auctiond.keys.secret import SecretError
from auctiond.lookups.binding import BoundLookup, bind_lookups
from auctiond.notices.webhook import BoundWebhook, bind_webhooks
from buyers.codec import BoundBuyer, bind
from buyers.errors import BindError
from buyers.format import BuyerFormat
from market.bids import TargetId
from market.money import Micros
from market.network import Network
from routing.snapshot import Snapshot, compile_network

EDITIONS_MAX = 64  # In memory. No call lives through so many changes of the network.


class NetworkUnfit(Exception):
    """Targets do not fit their formats, or their secrets are not there; says all of it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of the network, ready for use."""

    snapshot: Snapshot
    buyers: Mapping[TargetId, BoundBuyer]  # Of the targets that are pinged, or posted to.
    unfit: tuple[TargetId, ...] = ()  # Paused here alone: they fit their formats no longer.
    lookups: Mapping[str, BoundLookup] = field(default_factory=dict)  # Of the current network.
    webhooks: Mapping[str, BoundWebhook] = field(default_factory=dict)  # Of the current one too.


@dataclass(frozen=True, slots=True)
class Bound:
    """Targets that can be asked, and why others cannot."""

    buyers: Mapping[TargetId, BoundBuyer]
    problems: Mapping[TargetId, str]


def bind_targets(
    network: Network, formats: Mapping[str, BuyerFormat], secrets: Callable[[str], str]
) -> Bound:
    """Join every target that has one with its format: only that shows wrong settings."""
    buyers, problems = {}, {}
    for target in network.targets:
        reached = target.ping or target.post
        if reached is None:
            continue
        form = formats.get(reached.format)
        try:
            if form is None:
                known = ", ".join(sorted(formats))
                right = f"there are: {known}"
                place = "ping.format" if target.ping else "post.format"
                raise BindError(target.id, place, f"no {reached.format!r}", right)
            buyers[target.id] = bind(form, target, secrets)
        except BindError as error:
            problems[target.id] = str(error)
        except SecretError as error:
            problems[target.id] = f"target {target.id}: ping.secrets: {error}"
    return Bound(buyers, problems)


def compile_edition(
    version: int,
    network: Network,
    formats: Mapping[str, BuyerFormat],
    secrets: Callable[[str], str],
    former: Snapshot | None = None,
) -> Edition:
    """Return `network` ready for use, whole. Raises NetworkUnfit.

    What did not change since `former` is shared with it.
    """
    bound = bind_targets(network, formats, secrets)
    lookups = bind_lookups(network.lookups, secrets)
    webhooks = bind_webhooks(network.webhooks, secrets)
    if bound.problems or lookups.problems or webhooks.problems:
        problems = (*bound.problems.values(), *lookups.problems, *webhooks.problems)
        raise NetworkUnfit(problems)
    snapshot = compile_network(version, network, former)
    return Edition(snapshot, bound.buyers, lookups=lookups.lookups, webhooks=webhooks.webhooks)


def compile_former(
    version: int,
    network: Network,
    formats: Mapping[str, BuyerFormat],
    secrets: Callable[[str], str],
) -> Edition:
    """Return a network of the past, for calls that began with it.

    Formats and secrets may have changed since; targets that fit no longer are paused.
    """
    bound = bind_targets(network, formats, secrets)
    targets = (
        replace(target, paused=True) if target.id in bound.problems else target
        for target in network.targets
    )
    kept = replace(network, targets=tuple(targets))
    return Edition(compile_network(version, kept), bound.buyers, tuple(bound.problems))


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
        self._editions.pop(edition.snapshot.version, None)
        self._editions[edition.snapshot.version] = edition
        if current and edition.snapshot.version >= self.version:  # Two may come out of order.
            self.current = edition
        spare = [version for version in self._editions if version != self.version]
        for version in spare[:-EDITIONS_MAX]:  # Those that came first, be they old or new.
            del self._editions[version]

    def buyer_ids(self) -> frozenset[str]:
        """Return the buyers of the network in force."""
        if self.current is None:
            return frozenset()
        return frozenset(str(buyer.id) for buyer in self.current.snapshot.network.buyers)

    def credits(self) -> dict[str, Micros]:
        """Return how far below zero the wallets may go of those who have credit."""
        buyers = self.current.snapshot.network.buyers if self.current is not None else ()
        return {f"wallet:{buyer.id}": buyer.credit for buyer in buyers if buyer.credit}

    def has(self, version: int) -> bool:
        """Tell whether `version` is in memory."""
        return version in self._editions

    def edition(self, version: int) -> Edition:
        """Return the edition of `version`. Raises KeyError if it is not in memory."""
        return self._editions[version]
