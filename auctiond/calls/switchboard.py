"""From the carrier's news to the right call: starts calls, and tells them what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

import trio

from actors.call_desk import CallDesk
from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Lead, Leads
from auctiond.metrics import Metrics
from market.call import (
    BuyerAnswered,
    BuyerHears,
    BuyerJoined,
    BuyerRefused,
    Call,
    CallerAnswered,
    Event,
    Greeted,
    HungUp,
    LegEnded,
    State,
    ZipEntered,
)
from market.ids import id_at
from market.phone import (
    Answered,
    Arrived,
    CarrierEvent,
    Ended,
    Gathered,
    Joined,
    MachineHeard,
    Pressed,
    RecordingFailed,
    RecordingSaved,
    Ringing,
    Screening,
    Spoken,
)
from routing.geo import is_zip, state_of_zip

RECENT_MAX = 20_000  # Calls that a redelivered first webhook must not start again: hours of them.


class Flows(Protocol):
    """Who knows what news mean to a call that is in its flow."""

    def takes(self, call: Call, news: CarrierEvent) -> bool: ...
    def hear(self, call: Call, news: CarrierEvent) -> Event | None: ...


@dataclass(frozen=True, slots=True)
class Switchboard:
    desk: CallDesk
    leads: Leads
    call_log: CallLog
    metrics: Metrics
    now_ms: Callable[[], int]
    recent: dict[tuple[str, str], None] = field(default_factory=dict)  # Carrier and handle.
    stray: Callable[[CarrierEvent], object] | None = None  # Ends a leg that nobody leads.
    learn_session: Callable[[UUID, str], object] | None = None  # Of phone calls that we began.
    flows: Flows | None = None
    recordings: Callable[[RecordingSaved | RecordingFailed], object] | None = None

    def deliver(self, news: CarrierEvent) -> None:
        """Tell the call that `news` is about. Never waits.

        The same news counts once, however often it comes: a webhook that we could not store is
        told and yet delivered again, and after a restart all that is in the inbox is told again.
        """
        if isinstance(news, Arrived):
            self._start(news)
            return
        if isinstance(news, RecordingSaved | RecordingFailed) and self.recordings is not None:
            self.recordings(news)  # Also after the call is over.
        call = self.find(news)
        if call is None:
            self.metrics.events_dropped("no_call").inc()
            if self.stray is not None and isinstance(news, Answered | Ringing):
                self.stray(news)
            return
        if news.ref:
            self.leads.learn_leg(call.id, news.leg, news.ref, news.at_ms)
        if call.origin and self.learn_session is not None:
            self.learn_session(call.id, news.call_ref)
        heard = self.leads.get(call.id).heard
        event = self._translated(news, call)
        if event is None:
            return
        if news.event_id in heard:
            self.metrics.events_dropped("duplicate").inc()
            return
        try:
            self.desk.tell(call.id, replace(event, news=news.event_id))
            heard.add(news.event_id)
        except trio.WouldBlock:
            self.metrics.events_dropped("mailbox_full").inc()

    def find(self, news: CarrierEvent) -> Call | None:
        """Return the live call that `news` is about, if it goes by the carrier whose news it is.

        A webhook may name any call; each carrier is believed of its own.
        """
        call_id = news.call_id or self.leads.call_of(news.call_ref)
        if call_id is None or self.leads.carrier_of(call_id) != news.carrier:
            return None
        return self.desk.find(call_id)

    def has(self, carrier: str, call_ref: str) -> bool:
        """Tell whether a phone call is led here, or was: of any carrier, which errs harmlessly."""
        return (carrier, call_ref) in self.recent or self.leads.call_of(call_ref) is not None

    def _translated(self, news: CarrierEvent, call: Call) -> Event | None:
        if self.flows is not None and self.flows.takes(call, news):
            return self.flows.hear(call, news)
        return translate(news, call)

    def _start(self, news: Arrived) -> None:
        call_id, handle = call_id_of(news), (news.carrier, news.call_ref)
        if handle in self.recent:
            self.metrics.events_dropped("duplicate").inc()
            return
        self.recent[handle] = None
        if len(self.recent) > RECENT_MAX:
            del self.recent[next(iter(self.recent))]
        lead = Lead(
            call_ref=news.call_ref,
            refs={0: news.ref},
            caller=news.caller,
            attestation=news.attestation,
            bid=news.bid,
            carrier=news.carrier,
            personal=dict(news.lead or {}) | ({"phone": news.caller} if news.caller else {}),
        )
        self.leads.put(call_id, lead)
        self.call_log.open(call_id)
        self.desk.start(Call(call_id, tracking_number=news.dialled, arrived_ms=news.at_ms))


def call_id_of(news: CarrierEvent) -> UUID:
    """Return the id of the call that `news` begins: the same for every delivery of it."""
    return id_at(news.at_ms, f"{news.carrier}|{news.call_ref}".encode())


def translate(news: CarrierEvent, call: Call) -> Event | None:
    """Return what `news` means to `call`; None: nothing."""
    match news:
        case Answered(leg=0):
            return CallerAnswered(at_ms=news.at_ms)
        case Answered():
            return BuyerAnswered(at_ms=news.at_ms, leg=news.leg)
        case Screening():
            return BuyerHears(at_ms=news.at_ms, leg=news.leg)
        case Pressed(accepted=True):
            return BuyerAnswered(at_ms=news.at_ms, leg=news.leg)
        case Pressed():
            return BuyerRefused(at_ms=news.at_ms, leg=news.leg)
        case MachineHeard() if news.leg:
            return BuyerRefused(at_ms=news.at_ms, leg=news.leg, cause="machine")
        case Joined(leg=0):
            ours = is_of_this_leg(news, call)
            return BuyerJoined(at_ms=news.at_ms, leg=call.leg) if ours else None
        case Joined():
            return BuyerJoined(at_ms=news.at_ms, leg=news.leg)
        case Spoken(leg=0):
            return Greeted(at_ms=news.at_ms)
        case Spoken() if call.screened == "hears" and call.bid and not call.bid.accept_key:
            return BuyerAnswered(at_ms=news.at_ms, leg=news.leg)
        case Gathered(leg=0):
            return ZipEntered(at_ms=news.at_ms, facts=zip_facts(news.digits))
        case Ended(leg=0):
            return HungUp(at_ms=news.at_ms, cause=news.cause)
        case Ended():
            at_ms = ended_ms(news, call)
            return LegEnded(
                at_ms=at_ms, leg=news.leg, cause=news.cause, caller_left=news.caller_left
            )
    return None


def ended_ms(news: Ended, call: Call) -> int:
    """Return when a leg ended: of a talk, no later than the carrier says it lasted."""
    if news.lasted_ms is None or news.leg != call.leg or call.joined_ms is None:
        return news.at_ms
    return min(news.at_ms, call.joined_ms + news.lasted_ms)


def is_of_this_leg(news: Joined, call: Call) -> bool:
    """Tell whether a join of the caller's leg, which does not say with whom, is with this buyer.

    With one buyer so far it can only be that. Later, it must be after this buyer's answer: both
    times are the carrier's, so they compare.
    """
    if call.state is State.FALLBACK or call.leg <= 1:
        return call.leg == 1
    return call.buyer_answered_ms is not None and news.at_ms >= call.buyer_answered_ms


def zip_facts(digits: str) -> tuple[tuple[str, str], ...]:
    """Return a zip and its state; nothing if `digits` are no zip."""
    if not is_zip(digits):
        return ()
    return (("zip", digits), ("state", state_of_zip(digits)))
