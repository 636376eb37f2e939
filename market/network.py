"""A network: campaigns, publishers, numbers, buyers and targets, as one immutable value.

Money is in micros, durations say their unit, hours are minutes since local midnight.
routing/network_file.py reads it from TOML and refuses what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from market.bids import BuyerId, TargetId
from market.call_flow import Flow
from market.callback import CallbackTerms, Lookup
from market.condition import Condition
from market.flows import PriceChange
from market.health import Health
from market.limits import ByHour
from market.limits import Cap as Cap
from market.limits import CapPeriod as CapPeriod
from market.money import Micros
from market.notices import Webhook
from market.payout import PayoutKind, PayoutRule, PayoutTier
from market.pricing import Modifier, Odds, RankBy, ReserveStep
from market.recording import RecordingTerms
from market.repeat import BuyerRepeat, CampaignRepeat
from market.returns import ReturnTerms
from market.rtb import RtbDoor
from market.schedule import Holidays, Hours, Pause
from market.screening import ScreeningRules
from market.whisper import whisper_s

Strategy = Literal["auction", "waterfall", "weighted", "round_robin"]
FilterField = str  # "state", "zip", "publisher", "ivr.NAME" ...: routing/network_values.py.


@dataclass(frozen=True, slots=True)
class Filter:
    """A rule over collected fields. An unknown value never matches: in doubt, refuse.

    It is a condition, or the short form of one: a field with the values it may have or not.
    """

    field: FilterField = ""
    any_of: tuple[str, ...] = ()  # A value ending in * is a prefix ("90*" for zips).
    none_of: tuple[str, ...] = ()
    name: str = ""  # What a miss is called in place of the fields: "filter:NAME".
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class ValueList:
    """Values under a name, for conditions and modifiers of any target ("list:NAME")."""

    id: str
    values: tuple[str, ...]  # A value ending in * is a prefix.
    amounts: Mapping[str, str] = field(default_factory=dict)  # What some are worth, to modifiers.


@dataclass(frozen=True, slots=True)
class PingTarget:
    """How a target is asked: a format of buyers/library with its own url, keys and ceilings."""

    format: str
    url: str = ""  # "": the format's own.
    settings: Mapping[str, str] = field(default_factory=dict)  # Campaign ids, constants.
    secrets: Mapping[str, str] = field(default_factory=dict)  # Name in the format -> reference.


@dataclass(frozen=True, slots=True)
class Target:
    id: TargetId
    buyer: BuyerId
    name: str = ""
    ping: PingTarget | None = None  # None: a static price.
    post: PingTarget | None = None  # Beside a static price: where the lead goes after the connect.
    price: Micros | None = None  # Static; beside a ping: agreed, where the bid names none.
    price_max: Micros = Micros(500_000_000)  # Ceiling: a bid above it is a mistake, not a bid.
    destination: str = ""  # Number or SIP address, where the bid does not bring its own.
    billable_after_s: float = 90.0
    fallback: bool = False  # A static price that stands back while anyone bids.
    weight: int = 1  # Share of calls in the weighted strategy: twice the weight, twice the calls.
    filters: tuple[Filter, ...] = ()
    required: tuple[str, ...] = ()  # IVR answers that must have been collected.
    consent: tuple[str, ...] = ()  # Certificates that the caller must have: "trustedform".
    modifiers: tuple[Modifier, ...] = ()  # Of a static price; pinged: of what a bid counts for.
    margin_percent: int | None = None  # Taken off a bid in the ranking; None: the buyer's.
    penalty: Micros | None = None  # The same, in money.
    hours: Hours | None = None  # None: always open.
    pauses: tuple[Pause, ...] = ()  # By the clock of the hours; without hours, of UTC.
    caps: tuple[Cap, ...] = ()
    concurrency: int | None = None  # Calls at once; None: no limit.
    cap_by_hour: ByHour | None = None
    concurrency_by_hour: ByHour | None = None
    pings_per_minute: int | None = None  # None: no limit.
    pings_per_day: int | None = None
    repeat: BuyerRepeat | None = None  # None: the same caller may come again.
    ring_s: float = 20.0
    paused: bool = False
    price_change: PriceChange | None = None  # None: the campaign's.
    health: Health | None = None  # In place of the network's, setting by setting.
    secondary_of: TargetId | None = None  # Asked only while that one is out of order.
    no_recording: bool = False  # Calls that it takes are never recorded.
    answers_in: tuple[str, ...] = ()  # States where its people sit; (): by its number, or unknown.
    whisper: str = ""  # Said to who answers, before the two are joined.
    accept_key: bool = False  # Who answers takes the call by pressing 1.
    no_machine: bool = False  # A machine that answers is hung up on.

    @property
    def whisper_s(self) -> float:
        """How long who answers may hear and press before the join, in seconds; 0: nothing."""
        if not (self.whisper or self.accept_key):
            return 0.0
        return whisper_s(self.whisper, accept_key=self.accept_key)


@dataclass(frozen=True, slots=True)
class Buyer:
    id: BuyerId
    name: str
    credit: Micros = Micros(0)  # How far below zero its wallet may go.
    margin_percent: int | None = None  # None: the publisher's.
    penalty: Micros | None = None
    paused: bool = False
    zone: str = "UTC"  # Of the windows of its caps, which all its targets use together.
    caps: tuple[Cap, ...] = ()
    concurrency: int | None = None
    cap_by_hour: ByHour | None = None
    concurrency_by_hour: ByHour | None = None
    pings_per_minute: int | None = None  # None: no limit.
    pings_per_day: int | None = None
    repeat: BuyerRepeat | None = None  # Of all its targets together.
    emails: tuple[str, ...] = ()  # Of its billing desk.
    notices_off: tuple[str, ...] = ()  # Kinds of market/notices.py that it does not want.
    returns: ReturnTerms | None = None  # None: the network's.


@dataclass(frozen=True, slots=True)
class Publisher:
    id: str
    name: str
    payout: PayoutKind = "share"
    payout_percent: int = 70  # Of the price the buyer paid; for "share".
    payout_amount: Micros = Micros(0)  # For "fixed"; never more than the price.
    payout_min: Micros | None = None  # Of all but "fixed". None: no bound.
    payout_max: Micros | None = None
    payout_tiers: tuple[PayoutTier, ...] = ()  # For "tiered": by how long they talked.
    payout_rules: tuple[PayoutRule, ...] = ()  # For "rules": a base, and bonuses beside it.
    payout_hold_days: int = 3  # So old must a sale be before it is paid out: it may come back.
    payout_least: Micros = Micros(0)  # Less than this is not paid out, and waits.
    margin_percent: int = 0
    penalty: Micros = Micros(0)
    reserve: Micros = Micros(0)  # Beside the tier's: the higher one holds.
    reserve_steps: tuple[ReserveStep, ...] = ()
    modifiers: tuple[Modifier, ...] = ()  # Of what we bid onward for its calls, last.
    blocked_buyers: tuple[BuyerId, ...] = ()  # They do not get its calls.
    blocked_targets: tuple[TargetId, ...] = ()
    zone: str = "UTC"  # Of the windows of its caps: how many of its calls are sold.
    caps: tuple[Cap, ...] = ()
    concurrency: int | None = None
    cap_by_hour: ByHour | None = None
    concurrency_by_hour: ByHour | None = None
    pings_per_minute: int | None = None  # None: no limit.
    pings_per_day: int | None = None
    pay_again_days: int | Literal["never"] | None = None  # None: for every sale.
    emails: tuple[str, ...] = ()
    notices_off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    targets: tuple[TargetId, ...]
    strategy: Strategy = "auction"
    reserve: Micros | None = None  # None: the campaign's.
    deadline_ms: int | None = None  # None: the campaign's.
    reserve_steps: tuple[ReserveStep, ...] = ()  # None: the campaign's.


@dataclass(frozen=True, slots=True)
class AskZip:
    """The one question of the smallest flow: a five-digit zip."""

    prompt: str = "Please enter your five digit zip code."
    again: str = "That was not a zip code. Please enter five digits."
    tries: int = 3
    timeout_s: float = 8.0  # How long the caller may take for the first digit.
    required: bool = False  # True: a caller without one gets the fallback, not the auction.


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    name: str
    vertical: str
    tiers: tuple[Tier, ...]
    reserve: Micros = Micros(0)
    reserve_steps: tuple[ReserveStep, ...] = ()
    rank_by: RankBy = "price"
    odds: Odds | None = None  # For rank_by "expected"; None: the defaults.
    modifiers: tuple[Modifier, ...] = ()  # Of what we bid onward, first.
    deadline_ms: int = 800  # Enforced. Buyers are told `told_ms` less the network's share.
    told_ms: int = 700
    flow: str = ""  # "": the smallest there is: greeting and ask_zip.
    greeting: str = ""
    ask_zip: AskZip | None = None
    music_url: str = ""  # "" is silence.
    legs_max: int = 3  # Bids a call is offered to, over all tiers.
    longest_s: float = 7200.0  # No call is longer; a carrier that says nothing until then lost it.
    fallback: str = ""  # Number or SIP address when nobody buys; not billed.
    sorry: str = "We are sorry, nobody is available right now. Goodbye."
    anonymous_answers: tuple[str, ...] = ()  # IVR answers that are not personal: may be pinged.
    zone: str = "UTC"  # Of the windows of its caps: how many of its calls are sold.
    caps: tuple[Cap, ...] = ()
    concurrency: int | None = None
    cap_by_hour: ByHour | None = None
    concurrency_by_hour: ByHour | None = None
    repeat: CampaignRepeat | None = None  # None: who calls again is as good as new.
    price_change: PriceChange | None = None  # None: what is bid is paid.
    resell_unknown_posts: bool = False  # Offer a call on though another may have taken its lead.
    callback: CallbackTerms | None = None  # None: it calls nobody back.
    screening: ScreeningRules | None = None  # None: the network's.
    record: bool = False  # What callers and buyers talk, where the account has recording on.
    record_ask: Literal["by_law", "always"] = "by_law"  # Who must have agreed.


def price_change_of(campaign: Campaign, target: Target) -> PriceChange:
    """Return how far the price may move at the confirm."""
    return target.price_change or campaign.price_change or PriceChange()


@dataclass(frozen=True, slots=True)
class TrackingNumber:
    number: str  # E.164
    campaign: str
    publisher: str
    signalling_only: bool = False  # Its switch rings and joins, and cannot speak or ask.


@dataclass(frozen=True, slots=True)
class Network:
    name: str
    campaigns: tuple[Campaign, ...]
    publishers: tuple[Publisher, ...]
    numbers: tuple[TrackingNumber, ...]
    buyers: tuple[Buyer, ...]
    targets: tuple[Target, ...]
    lists: tuple[ValueList, ...] = ()
    holidays: tuple[Holidays, ...] = ()
    currency: str = "USD"
    blocked_callers: tuple[str, ...] = ()  # E.164, or a prefix ending in *.
    dial_allowed: tuple[str, ...] = ("+1*",)  # Numbers we dial, or prefixes ending in *.
    rtb: tuple[RtbDoor, ...] = ()  # Where publishers ask us for a price.
    same_caller_s: float = 0.0  # Who calls again within that is refused; 0: nobody is.
    health: Health | None = None  # For all targets that say nothing else.
    lookups: tuple[Lookup, ...] = ()  # Services that are asked before somebody is called.
    flows: tuple[Flow, ...] = ()
    recording: RecordingTerms | None = None  # None: off.
    screening: ScreeningRules | None = None  # None: anybody's call is taken.
    returns: ReturnTerms | None = None  # For all buyers that say nothing else.
    webhooks: tuple[Webhook, ...] = ()  # Whose systems are told what happens.
