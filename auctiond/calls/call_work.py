"""The work of each state of a call: the only place that knows who does what.

Each method does one state's work and returns the event that ends it, or waits for a
webhook to end it. All of it is safe to repeat: command ids, holds and disclosures are
made from the call, so a restart does nothing twice.

The log goes first: what is to be done outside (a hold, a ring, a capture) waits until what led
to it is on record. So the log is never behind the world by more than one state's work, and the
news of a leg never finds a call that, after a restart, does not know of that leg.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import trio

from auctiond.calls.auctioneer import Auctioneer
from auctiond.calls.bank import Bank
from auctiond.calls.call_log import CallLog
from auctiond.calls.call_view import why_leg_failed
from auctiond.calls.confirming import Confirmer
from auctiond.calls.health import HealthDesk
from auctiond.calls.intake import Intake
from auctiond.calls.leads import Leads
from auctiond.calls.odds import LEG, OddsBook
from auctiond.calls.phone import Phone
from auctiond.calls.posting import Poster
from auctiond.calls.unrung import not_yet
from auctiond.calls.whispering import join, ring_back, screen_of, whisper
from auctiond.flows.desk import FlowDesk
from auctiond.networks.network_book import NetworkBook
from auctiond.rtb.keeper import Keeper
from compliance.screening import is_emergency, may_dial
from market.call import Call, Event, Greeted, HungUp, LegEnded, Outcome, Settlement, State
from market.calling import is_alone
from market.flow_moves import FlowMoved
from market.network import Campaign

RECORD_S = 1.0  # One commit; a database that needs longer is away, and the call goes on.
FALLBACK_RING_S = 30.0
SORRY_S = 20.0  # When nobody tells that it was said, the caller hears silence meanwhile.


class Screening(Protocol):
    async def screen(self, call: Call) -> Event: ...


class Ringer(Protocol):
    async def call_person(self, call: Call) -> Event: ...
    async def call_buyer(self, call: Call, to: str, ring_s: float, longest_s: float) -> Event: ...


@dataclass(frozen=True, slots=True)
class CallbackWork:
    """What the calls do that we begin ourselves."""

    screening: Screening
    ringer: Ringer


@dataclass(frozen=True, slots=True)
class CallWork:
    networks: NetworkBook
    leads: Leads
    intake: Intake
    phone: Phone
    auctioneer: Auctioneer
    bank: Bank
    poster: Poster
    confirmer: Confirmer
    call_log: CallLog
    clock_ms: Callable[[], int]
    health: HealthDesk
    flows: FlowDesk
    odds: OddsBook = field(default_factory=OddsBook)
    leg_failed: Callable[[str], object] | None = None  # Counts it, by its reason.
    keeper: Keeper | None = None  # Of publishers' bids.
    callbacks: CallbackWork | None = None
    follow: Callable[[Call], object] | None = None  # Has a talk recorded as it should be.

    def now_ms(self) -> int:
        return self.clock_ms()

    def record(self, call: Call, event: Event) -> None:
        self.call_log.event(call.id, event)
        if isinstance(event, FlowMoved):
            self.flows.took(call, event)
        if isinstance(event, HungUp):
            self.flows.hung_up(call)
        if isinstance(event, LegEnded) and self.follow is not None:
            self.follow(call)
        reason = why_leg_failed(event)
        if reason and self.leg_failed is not None:
            self.leg_failed(reason)

    def crashed(self, call: Call) -> None:
        self.phone.drop(call)

    async def settle(self, call: Call, settlement: Settlement) -> None:
        if leg := self.odds.leg_over(call, settlement):
            self.call_log.note(call.id, LEG, leg)
        if settlement.unanswered:
            self.health.leg_over(call, settlement, self.networks.edition(call.network).snapshot)
        if settlement.outcome is Outcome.REVIEW:
            why = {"leg": settlement.leg, "why": settlement.why}
            self.call_log.note(call.id, "review", why)
        if settlement.outcome is Outcome.CAPTURE:  # Its join may have come after the end.
            sold = replace(call, leg=settlement.leg, bid=settlement.bid)
            self.poster.post_soon(sold, self.leads.get(call.id))
        await self.bank.settle(call, settlement)

    def work(self, call: Call) -> Awaitable[Event]:
        """Not async, nor is `_talk`: their frames would live as long as the talk, for nothing."""
        match call.state:
            case State.SCREENING:
                return self._screen(call)
            case State.ANSWERING:
                return self._answer(call)
            case State.CALLING:
                return self._call_person(call)
            case State.GREETING:
                return self._greet(call)
            case State.GATHERING:
                return self._gather(call)
            case State.FLOW:
                return self.flows.work(call)
            case State.PASSING:
                return self._pass_on(call)
            case State.PINGING:
                return self._ping(call)
            case State.AWARDING:
                return self._award(call)
            case State.CONFIRMING:
                return self.confirmer.confirm(call)
            case State.DIALING:
                return self._dial(call)
            case State.WHISPERING:
                return self._whisper(call)
            case State.CONNECTING:
                return join(self.phone, call)
            case State.BRIDGED:
                return self._talk(call)
            case State.CANCELLING:
                return self.phone.cancel_leg(call)
            case State.FALLBACK:
                return self._fall_back(call)
            case State.CLOSING:
                return self.phone.close(call)
        return _wait(call)

    def _campaign(self, call: Call) -> Campaign:
        return self.networks.edition(call.network).snapshot.campaign(call.campaign)

    async def _on_record(self) -> None:
        """Wait until what led here is on record; a caller does not wait long for a database."""
        with trio.move_on_after(RECORD_S):
            await self.call_log.flushed()

    async def _screen(self, call: Call) -> Event:
        if call.origin and self.callbacks is not None:
            return await self.callbacks.screening.screen(call)
        return await self.intake.screen(call)

    async def _answer(self, call: Call) -> Event:
        await self._on_record()
        return await self.phone.answer(call)

    async def _call_person(self, call: Call) -> Event:
        await self.call_log.flushed()  # No ring of a callback without its call on record.
        assert self.callbacks is not None
        return await self.callbacks.ringer.call_person(call)

    async def _greet(self, call: Call) -> Event:
        greeting = self._campaign(call).greeting
        if not greeting:
            return Greeted(at_ms=self.now_ms())
        return await self.phone.say(call, greeting)

    async def _gather(self, call: Call) -> Event:
        asks = self._campaign(call).ask_zip
        assert asks is not None
        prompt = asks.prompt if call.zip_tries == asks.tries else asks.again
        return await self.phone.gather(call, prompt, asks.timeout_s)

    async def _ping(self, call: Call) -> Event:
        music = self._music(call)
        if music and not is_alone(call):
            self.phone.play(call, music)
        first = call.spot is None or call.spot.auctions == 1
        recorded = self.keeper.recall(call) if self.keeper is not None and first else None
        if recorded is not None:
            return recorded
        return await self.auctioneer.hold(call, self.networks.edition(call.network))

    def _music(self, call: Call) -> str | None:
        return self.flows.music(call) or self._campaign(call).music_url

    async def _award(self, call: Call) -> Event:
        await self.call_log.flushed()  # No hold without its auction on record: a restart needs it.
        return await self.bank.hold(call, self.now_ms())

    async def _dial(self, call: Call) -> Event:
        assert call.bid is not None
        if not is_alone(call):
            not_yet(call, self.leads.get(call.id), self.phone.run)
        snapshot = self.networks.edition(call.network).snapshot
        campaign = snapshot.campaign(call.campaign)
        allowed = snapshot.network.dial_allowed
        if not may_dial(call.destination, allowed):
            return LegEnded(at_ms=self.now_ms(), leg=call.leg, cause="bad_number")
        await self._on_record()
        limits = call.bid.ring_s, campaign.longest_s
        if is_alone(call) and self.callbacks is not None:
            return await self.callbacks.ringer.call_buyer(call, call.destination, *limits)
        if call.bid.whisper_s and not self._music(call):
            ring_back(self.phone, call)
        screen = screen_of(snapshot.target(call.bid.target))
        return await self.phone.dial(call, call.destination, *limits, **screen)

    async def _whisper(self, call: Call) -> Event:
        assert call.bid is not None
        target = self.networks.edition(call.network).snapshot.target(call.bid.target)
        return await whisper(self.phone, call, target)

    def _talk(self, call: Call) -> Awaitable[Event]:
        if self._campaign(call).music_url or call.spot is not None or call.screened:
            self.phone.stop_play(call)
        if self.follow is not None:
            self.follow(call)
        self.poster.post_soon(call, self.leads.get(call.id))
        return self.phone.watch_talk(call)

    async def _pass_on(self, call: Call) -> Event:
        await self._on_record()
        return await self.flows.pass_on(call)

    async def _fall_back(self, call: Call) -> Event:
        campaign = self._campaign(call)
        if campaign.fallback and not call.sorry and not is_emergency(campaign.fallback):
            await self._on_record()
            return await self.phone.pass_on(
                call, campaign.fallback, FALLBACK_RING_S, campaign.longest_s
            )
        if campaign.sorry:
            with trio.move_on_after(SORRY_S):
                return await self.phone.say(call, campaign.sorry)
        return Greeted(at_ms=self.now_ms())


async def _wait(call: Call) -> Event:
    """Do nothing: some states only wait for a webhook, or for their deadline."""
    return await trio.sleep_forever()
