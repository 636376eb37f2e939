"""What an auction was decided by, besides the network: enough to decide it again. Pure: data."""

from __future__ import annotations

from market.bids import Bid, NoBid, TargetId
from market.repeat import Past
from market.value import dataclass


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the decision of one tier's auction used, but for the network and the call's id.

    Whatever a decision uses must be in here, or a replay would guess. Who adds something to
    decide by (odds, a history, a draw) adds a field with a default, fills it in the auctioneer,
    and reads it from here in routing/decide.py: tests replay every auction they hold, and say
    when something was forgotten. It is stored in plain with the call: nothing personal.
    """

    network: int = 0  # The version that the call runs on.
    campaign: str = ""
    publisher: str = ""
    tier: int = 0  # From 0.
    facts: tuple[tuple[str, str], ...] = ()  # What filters may ask about; none is personal.
    at_ms: int = 0  # The moment that hours and windows of caps were judged at.
    # Account -> posted less held, of the targets that an account refused. The others had enough.
    used: tuple[tuple[str, int], ...] = ()
    spent: tuple[NoBid, ...] = ()  # In a large tier: whose accounts kept them out.
    anonymous: bool = False  # The caller withholds the number.
    past: tuple[Past, ...] = ()  # Earlier calls of the caller, as far as a rule asks for them.
    unfit: tuple[TargetId, ...] = ()  # Paused, as their format or secret was no longer there.
    chances: tuple[tuple[TargetId, int], ...] = ()  # In millionths; "" is any other target's.
    shed: bool = False  # The server was too busy to ask anybody.
    turn: int = 0  # Which call of the tier it was, for round robin.
    replies: tuple[Bid | NoBid, ...] = ()  # What was known of all who were asked, in their order.
    unasked: tuple[NoBid, ...] = ()  # Eligible, but held back, or their format lacks a word for it.
    deadline_ms: int = 0  # As it was enforced; 0 where nobody was asked.
    took_ms: float = 0.0  # From the start of the auction to its decision.
    closed_ms: int = 0  # When the decision was told.
