"""The work of a call that is in its flow, and what the carrier's news mean there.

A flow decides nothing here: routing/flows/playing.py does. This carries out what a node does,
and hands back what happened as the one event of a flow, `FlowMoved`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import trio

from auctiond.calls.asking import routing_facts
from auctiond.calls.leads import Leads
from auctiond.calls.phone import Phone
from auctiond.flows.answers import Answers
from auctiond.flows.numbers import numbers_of
from auctiond.flows.outcomes import Outcomes
from auctiond.flows.places import Places
from auctiond.flows.ring_all import RingAll
from auctiond.flows.speech import ask, hear
from auctiond.flows.webhook import Webhooks
from auctiond.networks.network_book import NetworkBook
from compliance.fields import Moment, select
from compliance.screening import may_dial
from market import call_flow as f
from market.call import Call, Event, LegEnded, State
from market.flow_moves import FlowMoved
from market.phone import CarrierEvent, Gathered, RecordingSaved, Spoken
from routing.flows.answers import asked_of
from routing.flows.compiled import CompiledFlow
from routing.flows.hearing import SPARE_S, Sound, longest_s, prompt_at, sound_of
from routing.flows.playing import At, Done, Failed, Keys, Known, News, Step, begin, declines, step

VISITS_MOST = 500  # Moves of one call. Hours of a caller who goes around, or a mistake of ours.
ANSWER_FIELD = "ivr."
CLOCKS_MS = 1000  # Between the carrier's clock and ours.


@dataclass(frozen=True, slots=True)
class FlowDesk:
    networks: NetworkBook
    leads: Leads
    phone: Phone
    answers: Answers
    webhooks: Webhooks
    outcomes: Outcomes
    ring_all: RingAll
    now_ms: Callable[[], int]
    places: Places = field(default_factory=Places)

    async def work(self, call: Call) -> Event:
        """Do what the call's node does, and return what came of it."""
        spot, flow = call.spot, self._flow(call)
        assert spot is not None
        if flow is None:  # The network of that version is gone: nobody hears silence for that.
            return FlowMoved(self.now_ms(), visit=spot.visit, left=spot.node, goes="lost")
        if spot.came == "begin":
            return self._moved(call, flow, begin(flow, self._known(call)), self.now_ms())
        if spot.came:
            self.phone.stop_play(call)
            return self._tell(call, Failed())
        node = flow.nodes.get(spot.node)
        return await self._do(call, flow, node) if node else self._tell(call, Failed())

    def takes(self, call: Call, news: CarrierEvent) -> bool:
        """Tell whether it is the flow that knows what `news` means to a call."""
        if call.state is State.PASSING:
            return _is_simultaneous(self._node(call))
        return call.state is State.FLOW and isinstance(news, Spoken | Gathered | RecordingSaved)

    def hear(self, call: Call, news: CarrierEvent) -> Event | None:
        """Return what the carrier's news mean to the flow; None: nothing."""
        if call.state is State.PASSING:
            return self.ring_all.hear(call, news)
        return self._hear(call, news) if news.leg == 0 else None

    def _hear(self, call: Call, news: CarrierEvent) -> FlowMoved | None:
        flow = self._flow(call)
        if flow is None or call.spot is None or call.spot.came:
            return None
        if news.at_ms < call.spot.since_ms - CLOCKS_MS:
            return (
                None  # Of an earlier node: after a restart all that is in the inbox is told again.
            )
        node = flow.nodes.get(call.spot.node)
        match news, node:
            case Gathered(), f.Menu() | f.YesNo() | f.Gather() | f.CallbackOffer():
                return self._tell(call, Keys(news.digits), news.at_ms)
            case Gathered(), f.ConsentAsk():
                return self._tell(call, Keys(news.digits), news.at_ms)
            case Spoken(), f.Say() | f.Hangup():
                return self._tell(call, Done(), news.at_ms)
            case Spoken(), f.Voicemail() if call.spot.turn == 0:
                return self._tell(call, Done(), news.at_ms)
            case RecordingSaved(channels="single"), f.Voicemail() if call.spot.turn:
                began_ms = news.began_ms or news.at_ms - news.duration_ms
                of_now = began_ms >= call.spot.since_ms - CLOCKS_MS  # And not of an earlier one.
                return self._tell(call, Done(), news.at_ms) if of_now else None
            case Spoken(), f.ConsentAsk(accept="", decline=""):
                return self._tell(call, Done(), news.at_ms)
        return None

    def took(self, call: Call, event: FlowMoved) -> None:
        """See to what a move that was made brings with it: consent, a wish to be called back."""
        flow = self._flow(call)
        node = flow.nodes.get(event.left) if flow is not None else None
        if event.goes == "lost":
            self.phone.log.error("flow.lost", call=call.id, node=event.left)
        if node is not None:
            self.outcomes.left(call, node, event, personal=self._is_personal(call, node))

    def hung_up(self, call: Call) -> None:
        """See to what it means that the caller hung up where the call was in its flow."""
        node = self._node(call)
        if call.left_in is State.FLOW and node is not None:
            self.outcomes.left_by_caller(call, node)

    def music(self, call: Call) -> str | None:
        """Return what the caller hears while buyers bid, as the flow says; None: it does not."""
        node = self._node(call)
        if not isinstance(node, f.Auction):
            return None
        return self.phone.ringback if node.ringback else node.music_url or None

    async def pass_on(self, call: Call) -> Event:
        """Ring the flow's own number."""
        node, snapshot = self._node(call), self.networks.edition(call.network).snapshot
        assert call.spot is not None
        numbers = numbers_of(node, call.spot.turn, call.id)
        allowed = [one for one in numbers if may_dial(one, snapshot.network.dial_allowed)]
        if not isinstance(node, f.Dial | f.RingGroup) or not allowed:
            return LegEnded(at_ms=self.now_ms(), leg=call.leg, cause="bad_number")
        longest = snapshot.campaign(call.campaign).longest_s
        if _is_simultaneous(node):
            return await self.ring_all.ring(call, allowed, node.ring_s, longest)
        return await self.phone.pass_on(call, allowed[0], node.ring_s, longest)

    def _flow(self, call: Call) -> CompiledFlow | None:
        if call.spot is None:
            return None
        return self.networks.edition(call.network).snapshot.flows.get(call.spot.flow)

    def _node(self, call: Call) -> f.Node | None:
        flow = self._flow(call)
        return flow.nodes.get(call.spot.node) if flow is not None and call.spot else None

    def _known(self, call: Call) -> Known:
        """Return what the flow may go by: also answers that are personal, and so not the call's."""
        assert call.spot is not None
        personal = self.leads.get(call.id).personal
        own = {name: value for name, value in personal.items() if name.startswith(ANSWER_FIELD)}
        must_ask = self.outcomes.must_ask(call)
        return Known(own | self._facts(call), self.now_ms(), call.spot.taken, must_ask)

    def _facts(self, call: Call) -> dict[str, str]:
        snapshot = self.networks.edition(call.network).snapshot
        return routing_facts(call) | {"vertical": snapshot.campaign(call.campaign).vertical}

    def _tell(self, call: Call, news: News, at_ms: int | None = None) -> FlowMoved:
        flow, spot = self._flow(call), call.spot
        assert flow is not None
        assert spot is not None
        came = step(flow, At(spot.node, spot.turn), news, self._known(call))
        node = flow.nodes.get(spot.node)
        moved = self._moved(call, flow, came, self.now_ms() if at_ms is None else at_ms)
        if not isinstance(node, f.ConsentAsk):
            return moved
        key = news.digits if isinstance(news, Keys) else ""
        return replace(moved, agreed=not declines(node, news), key=key)

    def _moved(self, call: Call, flow: CompiledFlow, came: Step, at_ms: int) -> FlowMoved:
        """Return the event of a step; what is personal stays out of it, and is sealed."""
        assert call.spot is not None
        campaign = self.networks.edition(call.network).snapshot.campaign(call.campaign)
        kept = self.answers.keep(call, dict(came.answers), campaign.anonymous_answers)
        node = flow.nodes.get(came.at.node)
        sound = self._sound(call, flow, node, came.at.turn) if node else Sound()
        return FlowMoved(
            at_ms=at_ms,
            visit=call.spot.visit,
            left=call.spot.node,
            node=came.at.node,
            turn=came.at.turn,
            goes=came.goes if call.spot.visit < VISITS_MOST else "lost",
            edge=came.edge,
            path=came.path,
            facts=kept.facts,
            sealed=kept.sealed,
            taken=came.taken,
            longest_s=longest_s(node, sound) if node is not None else 0.0,
        )

    def _sound(self, call: Call, flow: CompiledFlow, node: f.Node, turn: int) -> Sound:
        known: Mapping[str, str] = self._known(call).facts
        return sound_of(prompt_at(node, turn), flow.flow, known)

    async def _do(self, call: Call, flow: CompiledFlow, node: f.Node) -> Event:
        """Carry out a node. A prompt or a question whose end nobody tells ends by its time."""
        assert call.spot is not None
        sound = self._sound(call, flow, node, call.spot.turn)
        personal = self._is_personal(call, node)
        if not await self.outcomes.entered(call, node, personal=personal):
            return self._tell(call, Failed())  # What is answered would be on a recording.
        match node:
            case f.Menu() | f.YesNo() | f.Gather():
                asked = asked_of(node)
                most, least = asked.digits, asked.digits_least
                asking = ask(self.phone, call, sound, most, least, asked.timeout_s)
                return await self._waited(call, node, sound, asking, Keys())
            case f.CallbackOffer():
                asking = ask(self.phone, call, sound, 1, 1, node.timeout_s)
                return await self._waited(call, node, sound, asking, Keys())
            case f.ConsentAsk() if node.accept or node.decline:
                asking = ask(self.phone, call, sound, 1, 1, node.timeout_s)
                return await self._waited(call, node, sound, asking, Failed())
            case f.ConsentAsk():
                hearing = hear(self.phone, call, sound)
                return await self._waited(call, node, sound, hearing, Failed())
            case f.Say():
                return await self._waited(call, node, sound, hear(self.phone, call, sound), Done())
            case f.Hangup():
                if sound.say or sound.play:
                    hearing = hear(self.phone, call, sound)
                    return await self._waited(call, node, sound, hearing, Done())
                return self._tell(call, Done())
            case f.Webhook():
                told = await self.webhooks.ask(call, node, self._facts(call), self._campaign(call))
                return self._tell(call, told)
            case f.Queue():
                return self._tell(call, await self._wait(call, node))
            case f.Record():
                return self._tell(call, await self.outcomes.record(call, node))
            case f.Voicemail() if call.spot.turn == 0 and self.outcomes.takes_messages(call):
                words = f.Say(node.id, node.prompt, node.next)
                return await self._waited(call, words, sound, hear(self.phone, call, sound), Done())
            case f.Voicemail() if call.spot.turn and await self.outcomes.message(call, node):
                await trio.sleep(node.longest_s + SPARE_S)
                await self.outcomes.message_over(call)
                return self._tell(call, Done())
        return self._tell(call, Failed())

    def _is_personal(self, call: Call, node: f.Node) -> bool:
        """Tell whether what a caller enters at `node` is nobody's to hear."""
        if not isinstance(node, f.Gather):
            return False
        known = {f"{ANSWER_FIELD}{node.keep_as}": "1"}
        asks_zip = node.check == "zip"  # Tells a place, and no person.
        return node.sensitive or not (asks_zip or select(known, Moment.PING, self._campaign(call)))

    def _campaign(self, call: Call) -> tuple[str, ...]:
        """Return the answers of its campaign that are marked anonymous."""
        snapshot = self.networks.edition(call.network).snapshot
        return snapshot.campaign(call.campaign).anonymous_answers

    async def _waited(
        self, call: Call, node: f.Node, sound: Sound, work: Awaitable[Event], news: News
    ) -> Event:
        """Return what the carrier tells at once, or else `news` when the time is over."""
        with trio.move_on_after(longest_s(node, sound)):
            return await work
        return self._tell(call, news)

    async def _wait(self, call: Call, node: f.Queue) -> News:
        """Let the caller wait in a queue, if it has a place."""
        if not self.places.take(call, node):
            return Failed()
        if node.music_url:
            self.phone.play(call, node.music_url)
        await trio.sleep(node.again_s)
        return Done()


def _is_simultaneous(node: f.Node | None) -> bool:
    return isinstance(node, f.RingGroup) and node.order == "simultaneous"
