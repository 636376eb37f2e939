"""Callers who call again: what is known of their earlier calls, and the rules about it. Pure.

An earlier call is known by a keyed index of the number; nothing here holds the number itself.
"""

from __future__ import annotations

from typing import Literal

from market.bids import BuyerId, TargetId
from market.value import dataclass

Moment = Literal["incoming", "connected", "billable"]  # From when on an earlier call counts.
NEVER: Literal["never"] = "never"
NEVER_DAYS = 3650  # What "never again" looks back.


@dataclass(frozen=True, slots=True)
class Talk:
    """A caller talked with a buyer."""

    target: TargetId
    buyer: BuyerId
    connected_ms: int
    billable_ms: int | None = None  # When it was sold; None: it was not.
    paid: bool = False  # The publisher was paid for it.


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier call of the same caller."""

    campaign: str
    publisher: str
    arrived_ms: int
    talks: tuple[Talk, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignRepeat:
    """What a campaign does with a caller who was here in the last `days`."""

    days: int
    counts: Moment = "connected"
    to: Literal["nobody", "original", "another", "anyone"] = "anyone"
    strict: bool = False  # Rather no sale than one that breaks the rule of `to`.
    anonymous: Literal["new", "duplicate"] = "new"  # What a caller without a number is.


@dataclass(frozen=True, slots=True)
class BuyerRepeat:
    """A buyer, or a target, does not want the same caller again within `days`."""

    days: int
    after: Literal["connected", "billable"] = "connected"
