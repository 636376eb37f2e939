"""What a call is, and what can happen to it. Pure: data only, and no personal data."""

from __future__ import annotations

from dataclasses import field
from enum import Enum, auto
from typing import Literal
from uuid import UUID

from market.bids import Bid, NoBid, TargetId
from market.callback import First
from market.flows import PostOutcome
from market.money import Micros
from market.repeat import Past, Talk
from market.spot import Spot
from market.value import dataclass
from market.waiting import Waiting

Refusal = Literal["declined", "machine"]


class State(Enum):
    SCREENING = auto()  # May we take this call at all?
    ANSWERING = auto()  # The carrier was told to answer.
    CALLING = auto()  # A callback: the phone of the person who asked for it rings.
    GREETING = auto()  # Without a flow: the caller hears who we are.
    GATHERING = auto()  # Without a flow: the caller is asked for a zip.
    FLOW = auto()  # The campaign's flow has the caller: it says, asks, looks up.
    PASSING = auto()  # A number of the flow's own rings or talks: nobody pays for that.
    PINGING = auto()  # The buyers of one tier are bidding.
    AWARDING = auto()  # Money, caps and a slot are being set aside for the best bid left.
    CONFIRMING = auto()  # The buyer confirms its bid; still no personal data.
    DIALING = auto()  # The buyer's number rings.
    WHISPERING = auto()  # The buyer answered, and hears a whisper or is asked for a key.
    CONNECTING = auto()  # The buyer answered; the two are being joined.
    BRIDGED = auto()  # Caller and buyer talk. Now, and only now, the lead is posted.
    CANCELLING = auto()  # The buyer rang too long: its leg must end before another is dialled.
    LEG_OVER = auto()  # The buyer's leg ended; a late "joined" may still belong before it.
    FALLBACK = auto()  # Nobody bought: the fallback number, or a polite message.
    CLOSING = auto()  # All legs are being ended; stragglers may still bring times.
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Call:
    id: UUID
    network: int = 0  # The version of the network that the call started with.
    campaign: str = ""
    publisher: str = ""
    tracking_number: str = ""
    state: State = State.SCREENING
    zip_tries: int = 0  # How many questions for a zip are left.
    zip_timeout_s: float = 8.0  # How long the caller may take for the first digit.
    zip_required: bool = False
    resells_unknown: bool = False  # Also when another buyer may have taken the lead.
    tiers: int = 1
    tier: int = 0  # The tier that is asked now, from 0.
    leg: int = 0  # How many bids the call was offered to so far.
    legs_max: int = 3
    longest_s: float = 7200.0
    bid: Bid | None = None  # The one it is offered to now, or was last.
    bids: Waiting = Waiting()  # Those to try next, best first.
    destination: str = ""  # Where the current leg is dialled; a confirm may have changed it.
    held: bool = False  # Money may be held for the current leg; it needs a settlement.
    facts: tuple[tuple[str, str], ...] = ()  # Collected, not personal: zip, state, area_code.
    answered: bool = False
    arrived_ms: int = 0
    awarded_ms: int = 0  # When the current leg began: its caps are those of that moment.
    dialled_ms: int | None = None  # This and the next three are about the current leg.
    buyer_answered_ms: int | None = None
    joined_ms: int | None = None
    leg_ended_ms: int | None = None
    leg_cause: str = ""  # How the current leg ended.
    post: PostOutcome | None = None  # Of the current leg; None: its lead did not leave.
    hung_up_ms: int | None = None  # When the caller's leg ended.
    leg_end_is_guess: bool = False  # It ended at `leg_ended_ms` or before; nobody knows when.
    hung_up_is_guess: bool = False
    sold: bool = False
    left_in: State | None = None  # Where the call was when the caller left or we gave up.
    blocked: str = ""  # Why it was refused, when it was.
    rtb: str = ""  # The bid that a publisher was promised for it, in hex.
    promised: Micros = Micros(0)  # What the publisher accrues if it is sold; with `rtb` alone.
    asked_as: str = ""  # By which id its buyers know the auction, where it is not the call's.
    anonymous: bool = False  # The caller withholds the number.
    past: tuple[Past, ...] = ()  # Earlier calls of the caller, as far as a rule asks for them.
    unpaid: str = ""  # Why the publisher is not paid for a sale, if so.
    origin: Literal["", "callback"] = ""  # "callback": we began it, for who asked to be called.
    first: First | Literal[""] = ""  # Of a callback: whose phone rings first.
    person_ring_s: float = 0.0  # Of a callback: how long the person's phone rings.
    hung_up_cause: str = ""  # How the caller's leg ended.
    talks: tuple[Talk, ...] = ()  # With which buyers the caller has talked, as far as settled.
    spot: Spot | None = None  # Where it is in its flow, if its campaign has one.
    sorry: bool = False  # The fallback did not take it either: only words are left.
    screened: Literal["", "hears"] | Refusal = ""  # What came of the current leg's whisper so far.
    own_legs: int = 0  # Of `leg`, those that were offered to nobody: the flow's own.

    def fact(self, name: str) -> str:
        """Return a collected value, or ""."""
        return next((value for key, value in self.facts if key == name), "")


@dataclass(frozen=True, slots=True)
class Event:
    """`at_ms`: when it happened. `leg`: the offer it is about; None: the call as a whole."""

    at_ms: int = 0
    leg: int | None = None
    news: str = ""  # The carrier's id of the webhook that told it: the same news counts once.


@dataclass(frozen=True, slots=True)
class Cleared(Event):
    network: int = 0
    campaign: str = ""
    publisher: str = ""
    tiers: int = 1
    legs_max: int = 3
    longest_s: float = 7200.0
    zip_tries: int = 0
    zip_timeout_s: float = 8.0
    zip_required: bool = False
    resells_unknown: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    rtb: str = ""
    promised: Micros = Micros(0)
    tracking_number: str = ""  # Ours, where the one that was dialled is none of a phone.
    anonymous: bool = False
    past: tuple[Past, ...] = ()
    unpaid: str = ""
    first: First | Literal[""] = ""
    person_ring_s: float = 0.0
    flow: str = ""  # What the campaign has its callers go through.


@dataclass(frozen=True, slots=True)
class Blocked(Event):
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallerAnswered(Event): ...


@dataclass(frozen=True, slots=True)
class Greeted(Event): ...


@dataclass(frozen=True, slots=True)
class ZipEntered(Event):
    """`facts` are the zip and what follows from it; none: what was entered is no zip."""

    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BidsClosed(Event):
    """One tier was asked. `others` are those who may not have the call, and why."""

    ranked: tuple[Bid, ...] = ()
    others: tuple[NoBid, ...] = ()
    took_ms: float = 0.0
    deadline_ms: int = 0
    reserve: Micros = Micros(0)
    asked_as: str = ""  # Held for a publisher's ping, under the id of that bid.


@dataclass(frozen=True, slots=True)
class BidCame(Event):
    """A bid of an auction that was decided early, in time all the same: it joins the queue.

    `worse` are the targets whose bids rank below it.
    """

    bid: Bid | None = None
    worse: tuple[TargetId, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldMade(Event): ...


@dataclass(frozen=True, slots=True)
class HoldRefused(Event):
    reason: str = ""  # The account that could not give: "balance", "cap:day/calls", ...


@dataclass(frozen=True, slots=True)
class Confirmed(Event):
    destination: str = ""  # A new number to ring, or "" for the bid's own.
    price: Micros | None = None  # What was agreed, or None for what was bid.


@dataclass(frozen=True, slots=True)
class ConfirmFailed(Event):
    reason: str = "confirm_refused"


@dataclass(frozen=True, slots=True)
class BuyerHears(Event):
    """Who was rung picked up, and hears a whisper or is asked for a key; nobody is joined yet."""


@dataclass(frozen=True, slots=True)
class BuyerRefused(Event):
    """The key was not pressed, or a machine picked up: the leg must end, and is never sold."""

    cause: Refusal = "declined"


@dataclass(frozen=True, slots=True)
class BuyerAnswered(Event): ...


@dataclass(frozen=True, slots=True)
class BuyerJoined(Event): ...


@dataclass(frozen=True, slots=True)
class Posted(Event):
    """The buyer answered the post of the lead, or will not any more."""

    outcome: PostOutcome = "unknown"
    reason: str = ""  # A code: "reject:duplicate", "timeout". No words of theirs: see PostResult.


@dataclass(frozen=True, slots=True)
class LegEnded(Event):
    cause: str = "completed"
    caller_left: bool = False
    guess: bool = False  # It ended by `at_ms`, and the carrier does not know when.


@dataclass(frozen=True, slots=True)
class HungUp(Event):
    """The caller's leg ended."""

    cause: str = "completed"
    guess: bool = False  # It ended by `at_ms`, and the carrier does not know when.


@dataclass(frozen=True, slots=True)
class TimedOut(Event): ...


class Outcome(Enum):
    CAPTURE = auto()  # Sold: take the money held.
    RELEASE = auto()  # Not sold: give it back.
    REVIEW = auto()  # We never learned. Keep it held, and ask a person.


class Reached(Enum):
    """How far a leg came. Caps that count this stay used up, even when it was no sale."""

    NOBODY = auto()
    RUNG = auto()
    ANSWERED = auto()  # The buyer's side was on the line.


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of what is held for one leg of a call."""

    leg: int
    bid: Bid
    outcome: Outcome
    talk_ms: int | None = field(default=None)
    why: str = ""  # Why it is for a person to decide: "no_join" or "no_end".
    awarded_ms: int = 0  # When the leg began.
    reached: Reached = Reached.NOBODY
    call_ms: int | None = None  # From the arrival to the end of that talk.
    unanswered: bool = False  # The buyer left it ringing, or hung up at once.
