"""Small networks, facts and ledgers for the tests of routing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from market.bids import Bid, BuyerId, TargetId
from market.money import micros
from market.network import Buyer, Campaign, Network, Publisher, Target, Tier, TrackingNumber

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # A Monday.
MOMENTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
RICH = micros(1_000)


@dataclass
class Books:
    """A ledger in a dict; wallets that nobody names are rich."""

    posted: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def available(self, account: str) -> tuple[int, int]:
        default = RICH if account.startswith("wallet:") else 0
        return self.posted.get(account, default), self.held.get(account, 0)


def target(id_: str, **more: Any) -> Target:
    given: dict[str, Any] = {"price": micros(10), "destination": "+12125550123", **more}
    return Target(id=TargetId(id_), buyer=BuyerId(given.pop("buyer", "acme")), **given)


def network(*targets: Target, buyer: Buyer | None = None, **tier: Any) -> Network:
    ids = tuple(one.id for one in targets)
    return Network(
        name="Test",
        campaigns=(Campaign("auto", "Auto", "auto_insurance", (Tier(ids, **tier),)),),
        publishers=(Publisher("pub", "Pub"),),
        numbers=(TrackingNumber("+12125550100", "auto", "pub"),),
        buyers=(buyer or Buyer(BuyerId("acme"), "Acme"),),
        targets=targets,
    )


def bid(target_id: str, dollars: int | str, **more: Any) -> Bid:
    return Bid(TargetId(target_id), BuyerId("acme"), micros(dollars), "+12125550123", 90.0, **more)
