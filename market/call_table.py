"""The table of a call: in this state, this event leads there; and how long a state may last.

Where the next state depends on the call, the row names a Turn; call_state.py says how it is
taken. A turn is never rested in. A row that leads to its own state only notes the event
(mostly a time) and lets the work go on. docs/call.md is drawn from this table.
"""

from __future__ import annotations

from enum import Enum, auto

from market.call import (
    BidCame,
    BidsClosed,
    Blocked,
    BuyerAnswered,
    BuyerHears,
    BuyerJoined,
    BuyerRefused,
    CallerAnswered,
    Cleared,
    Confirmed,
    ConfirmFailed,
    Event,
    Greeted,
    HoldMade,
    HoldRefused,
    HungUp,
    LegEnded,
    Posted,
    TimedOut,
    ZipEntered,
)
from market.call import State as S
from market.flow_moves import FlowMoved


class Turn(Enum):
    TAKE_UP = auto()  # ANSWERING; of a callback CALLING, or PINGING where the buyer is first.
    PERSON_HERE = auto()  # FLOW or GREETING; CONNECTING where a buyer waits on the line.
    BUYER_HERE = auto()  # CONNECTING; CALLING where the person is not on the line yet.
    BEGIN = auto()  # FLOW where the campaign has one, else GREETING.
    GO = auto()  # Where the flow goes: on in it, PINGING, PASSING, CLOSING, or FALLBACK.
    PASSED = auto()  # Back to the FLOW if nobody answered; CLOSING after a talk.
    ASK_ZIP = auto()  # GATHERING while tries are left, then PINGING; FALLBACK if it is required.
    NEXT_BID = auto()  # AWARDING the next bid; none left: the next tier, then FLOW or FALLBACK.
    NO_SALE = auto()  # FLOW or FALLBACK: without a ledger nobody can be sold to.
    LOST = auto()  # FALLBACK: the flow did not go on, and nobody shall hear silence.
    APOLOGISE = auto()  # FALLBACK once more, for words, if nobody took it; CLOSING after a talk.
    OFFER = auto()  # CONFIRMING where the buyer wants that, else DIALING.
    CROSSED = auto()  # BRIDGED: the answer crossed our hang-up. CANCELLING if the buyer refused.
    LEG_DONE = auto()  # CLOSING if sold or the caller left; LEG_OVER if unclear; else the next bid.
    CALLER_LEFT = auto()  # CLOSING while a buyer's leg may live, else ENDED.
    ALL_OVER = auto()  # ENDED once no leg can live, else CLOSING.


TABLE: dict[S, dict[type[Event], S | Turn]] = {
    S.SCREENING: {
        Cleared: Turn.TAKE_UP,
        Blocked: S.CLOSING,
        TimedOut: S.CLOSING,
        HungUp: S.ENDED,
    },
    S.ANSWERING: {CallerAnswered: Turn.BEGIN, TimedOut: S.CLOSING, HungUp: S.ENDED},
    S.CALLING: {
        BidCame: S.CALLING,
        BuyerAnswered: S.CALLING,
        CallerAnswered: Turn.PERSON_HERE,
        BuyerJoined: S.BRIDGED,
        LegEnded: S.CLOSING,  # The buyer did not wait: the person's phone stops ringing.
        TimedOut: S.CLOSING,
        HungUp: Turn.CALLER_LEFT,
    },
    S.GREETING: {Greeted: Turn.ASK_ZIP, TimedOut: Turn.ASK_ZIP, HungUp: S.ENDED},
    S.GATHERING: {ZipEntered: Turn.ASK_ZIP, TimedOut: Turn.ASK_ZIP, HungUp: S.ENDED},
    S.FLOW: {FlowMoved: Turn.GO, TimedOut: Turn.LOST, HungUp: S.ENDED},
    S.PASSING: {
        BuyerAnswered: S.PASSING,
        BuyerJoined: S.PASSING,
        LegEnded: Turn.PASSED,
        TimedOut: S.CLOSING,
        HungUp: Turn.CALLER_LEFT,
    },
    S.PINGING: {BidsClosed: Turn.NEXT_BID, TimedOut: Turn.NEXT_BID, HungUp: S.ENDED},
    S.AWARDING: {
        BidCame: S.AWARDING,
        HoldMade: Turn.OFFER,
        HoldRefused: Turn.NEXT_BID,
        TimedOut: Turn.NO_SALE,
        HungUp: S.ENDED,
    },
    S.CONFIRMING: {
        BidCame: S.CONFIRMING,
        Confirmed: S.DIALING,
        ConfirmFailed: Turn.NEXT_BID,
        TimedOut: Turn.NEXT_BID,
        HungUp: S.ENDED,
    },
    S.DIALING: {
        BidCame: S.DIALING,
        BuyerHears: S.WHISPERING,
        BuyerRefused: S.CANCELLING,
        BuyerAnswered: Turn.BUYER_HERE,
        BuyerJoined: S.BRIDGED,
        LegEnded: Turn.LEG_DONE,
        TimedOut: S.CANCELLING,
        HungUp: Turn.CALLER_LEFT,
    },
    S.WHISPERING: {
        BidCame: S.WHISPERING,
        BuyerRefused: S.CANCELLING,
        BuyerAnswered: S.CONNECTING,
        BuyerJoined: S.BRIDGED,
        LegEnded: Turn.LEG_DONE,
        TimedOut: S.CANCELLING,
        HungUp: Turn.CALLER_LEFT,
    },
    S.CONNECTING: {
        BidCame: S.CONNECTING,
        BuyerRefused: S.CANCELLING,
        BuyerJoined: S.BRIDGED,
        LegEnded: Turn.LEG_DONE,
        TimedOut: S.CANCELLING,
        HungUp: Turn.CALLER_LEFT,
    },
    S.BRIDGED: {
        BidCame: S.BRIDGED,
        Posted: S.BRIDGED,
        BuyerRefused: S.CANCELLING,  # A machine, told apart only after the join.
        LegEnded: Turn.LEG_DONE,
        TimedOut: S.CLOSING,
        HungUp: Turn.CALLER_LEFT,
    },
    S.CANCELLING: {
        BidCame: S.CANCELLING,
        BuyerAnswered: S.CANCELLING,
        BuyerRefused: S.CANCELLING,
        BuyerJoined: Turn.CROSSED,
        Posted: S.CANCELLING,
        LegEnded: Turn.LEG_DONE,
        TimedOut: S.CLOSING,  # Its leg may live: nobody else is dialled.
        HungUp: Turn.CALLER_LEFT,
    },
    S.LEG_OVER: {
        BidCame: S.LEG_OVER,
        BuyerAnswered: S.LEG_OVER,
        BuyerJoined: Turn.LEG_DONE,
        TimedOut: Turn.NEXT_BID,
        HungUp: Turn.CALLER_LEFT,
    },
    S.FALLBACK: {
        Greeted: S.CLOSING,
        BuyerAnswered: S.FALLBACK,
        BuyerJoined: S.FALLBACK,
        LegEnded: Turn.APOLOGISE,
        TimedOut: S.CLOSING,
        HungUp: Turn.CALLER_LEFT,
    },
    S.CLOSING: {
        Posted: S.CLOSING,
        BuyerAnswered: S.CLOSING,
        BuyerJoined: S.CLOSING,
        LegEnded: Turn.ALL_OVER,
        HungUp: Turn.ALL_OVER,
        TimedOut: S.ENDED,
    },
    S.ENDED: {},
}

DIGIT_S = 4.0  # The most that a caller may take between two digits.
DEADLINE_S = {
    S.SCREENING: 3.0,  # A look into memory, and one row in the database.
    S.ANSWERING: 10.0,
    S.CALLING: 5.0,  # On top of the ring time, like DIALING.
    S.GREETING: 30.0,  # A minute of greeting would lose the caller anyway.
    S.GATHERING: 8.0,  # For the prompt; on top comes the time to type.
    S.FLOW: 10.0,  # On top of what its node may take: by then the work has gone wrong.
    S.PASSING: 30.0,  # On top of the longest call.
    S.PINGING: 35.0,  # A backstop: the auction has its own deadline, at most 30 s.
    S.AWARDING: 4.0,  # One group commit; a database that needs longer is away.
    S.CONFIRMING: 3.0,
    S.DIALING: 5.0,  # On top of the ring time: the carrier ends the ring, this is the backstop.
    S.WHISPERING: 5.0,  # On top of what is whispered, and the time to press.
    S.CONNECTING: 5.0,
    S.BRIDGED: 30.0,  # On top of the longest call, which the carrier enforces.
    S.CANCELLING: 10.0,
    S.LEG_OVER: 1.5,  # Webhooks overtake each other by less than that; the caller waits.
    S.FALLBACK: 30.0,  # On top of the longest call.
    S.CLOSING: 5.0,
}
