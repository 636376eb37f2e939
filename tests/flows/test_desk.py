"""The work of a call in its flow: the commands to the carrier, by node, and after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from uuid import UUID

import pytest
import trio
import trio.testing

from auctiond.calls.call_view import fold
from auctiond.calls.event_codec import to_data
from auctiond.calls.leads import Lead, Leads
from auctiond.calls.phone import Phone
from auctiond.flows.answers import Kept
from auctiond.flows.calling_back import CallingBack
from auctiond.flows.desk import FlowDesk
from auctiond.flows.numbers import numbers_of
from auctiond.flows.outcomes import Outcomes
from auctiond.flows.places import Places
from auctiond.flows.ring_all import RingAll
from auctiond.logs import Log
from auctiond.pg.calls import EventRow
from compliance.fields import Moment, select
from market.call import Call, CallerAnswered, Cleared, Event, LegEnded, State
from market.call_flow import Queue, RingGroup
from market.call_state import deadline_s, expects, step
from market.flow_moves import FlowMoved
from market.network import Network
from market.phone import Command, Gather, Gathered, LegStatus, Play, Say, Spoken
from market.spot import Spot
from routing.flows.reading import read_flow
from routing.snapshot import compile_network
from tests.flows.test_examples import EXAMPLES
from tests.whole.networks import TWO, network_of

ID = UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0001)
AT = 1_767_715_200_000
TONE = "https://calls.example/media/ringback.wav"
MEDICARE = read_flow((EXAMPLES / "medicare.flow.toml").read_text(), "medicare")


def network() -> Network:
    """Return a network with the Medicare flow."""
    small = network_of(TWO, flow="medicare", anonymous_answers=("parts_ab",))
    return replace(small, flows=(MEDICARE,))


@dataclass
class Carrier:
    """Keeps the commands."""

    told: list[Command] = field(default_factory=list)

    async def send(self, command: Command) -> None:
        self.told.append(command)

    async def status(self, ref: str) -> LegStatus:
        return LegStatus(alive=True)


class Safe:
    """Keeps answers in memory."""

    def __init__(self, leads: Leads) -> None:
        self.leads = leads

    def keep(self, call: Call, answers: Mapping[str, str], anonymous: tuple[str, ...]) -> Kept:
        facts = select(answers, Moment.PING, anonymous)
        rest = {name: value for name, value in answers.items() if name not in facts}
        lead = self.leads.get(call.id)
        lead.personal = {**lead.personal, **rest}
        return Kept(tuple(facts.items()), tuple(rest))


class Stand:
    """A desk with a call, and what it told the carrier."""

    def __init__(self) -> None:
        self.leads = Leads()
        self.leads.put(ID, Lead("session", {0: "leg-0"}))
        self.carrier = Carrier()
        self.notes: list[tuple[str, Mapping[str, object]]] = []
        edition = SimpleNamespace(snapshot=compile_network(1, network()))
        shelter = SimpleNamespace(start=lambda name, fn: None)
        log = SimpleNamespace(note=lambda id_, kind, data: self.notes.append((kind, data)))
        phone = Phone(self.carrier, self.leads, shelter, Log(), lambda: AT, 60.0, "r", TONE)  # type: ignore[arg-type]
        self.desk = FlowDesk(
            SimpleNamespace(edition=lambda version: edition),  # type: ignore[arg-type]
            self.leads,
            phone,
            Safe(self.leads),  # type: ignore[arg-type]
            SimpleNamespace(),  # type: ignore[arg-type]
            Outcomes(log, shelter, CallingBack(self.leads, log, Log())),  # type: ignore[arg-type]
            RingAll(phone, self.leads, shelter, Log(), lambda: AT),  # type: ignore[arg-type]
            lambda: AT,
        )
        self.events: list[Event] = [
            Cleared(AT, campaign="calls", flow="medicare"),
            CallerAnswered(AT),
        ]
        self.call = Call(ID)
        for event in self.events:
            self.call, _ = step(self.call, event)

    def take(self, event: Event | None) -> None:
        """Let the call take an event, as its actor does."""
        assert event is not None
        assert expects(self.call, event)
        self.call, _ = step(self.call, event)
        self.events.append(event)
        if isinstance(event, FlowMoved):
            self.desk.took(self.call, event)

    async def work(self) -> None:
        """Do a node's work that ends by itself."""
        self.take(await self.desk.work(self.call))

    def press(self, digits: str, at_ms: int = AT) -> None:
        """Let the carrier tell what was pressed."""
        self.take(self.desk.hear(self.call, self.news(Gathered, at_ms, digits=digits)))

    def news(self, kind: type, at_ms: int = AT, **more: str):
        """Return news of the caller's leg."""
        return kind("n", "session", "leg-0", 0, ID, at_ms, **more)

    async def commanded(self) -> Command:
        """Return the command that the call's node gives now."""
        self.carrier.told.clear()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.desk.work, self.call)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        return self.carrier.told[-1]


async def at_age() -> Stand:
    """Return a call that is asked for its age."""
    stand = Stand()
    await stand.work()
    stand.press("")  # Who stays agrees to be recorded.
    stand.take(stand.desk.hear(stand.call, stand.news(Spoken)))
    await stand.work()
    return stand


async def test_a_question_is_one_command_with_its_digits() -> None:
    stand = await at_age()
    asked = await stand.commanded()
    assert isinstance(asked, Gather)
    assert (asked.prompt, asked.digits, asked.least, asked.language) == (
        "Please enter your age in years.",
        3,
        2,
        "en-US",
    )


async def test_another_try_says_other_words_under_another_id() -> None:
    stand = await at_age()
    first = await stand.commanded()
    stand.press("7")
    again = await stand.commanded()
    assert isinstance(again, Gather)
    assert again.prompt == "Please enter your age as two or three digits."
    assert again.command_id != first.command_id


async def test_consent_is_on_record_with_its_version() -> None:
    agreed, refused = Stand(), Stand()
    for stand, key in ((agreed, ""), (refused, "9")):
        await stand.work()
        stand.press(key)
    told = {"node": "notice", "version": "2026-01"}
    assert agreed.notes == [("recording_consent", told | {"agreed": True})]
    assert refused.notes == [("recording_consent", told | {"agreed": False})]
    assert refused.call.spot is not None
    assert (refused.call.spot.node, refused.call.spot.agreed) == ("disclaimer", False)


async def test_a_notice_whose_end_nobody_tells_is_no_consent(autojump_clock) -> None:
    stand = Stand()
    await stand.work()
    await stand.work()
    assert stand.call.spot is not None
    assert (stand.call.spot.node, stand.call.spot.agreed) == ("disclaimer", False)
    assert trio.current_time() < deadline_s(stand.call) + 60


async def test_a_question_whose_answer_is_lost_is_asked_again_by_the_clock(autojump_clock) -> None:
    stand = await at_age()
    before = deadline_s(stand.call)
    await stand.work()
    assert stand.call.spot is not None
    assert (stand.call.spot.node, stand.call.spot.turn) == ("age", 1)
    assert trio.current_time() < before


async def test_personal_answers_decide_and_are_not_in_the_event() -> None:
    stand = await at_age()
    stand.press("67")
    last = stand.events[-1]
    assert isinstance(last, FlowMoved)
    assert (last.path, last.facts, last.sealed) == (("age_known", "parts"), (), ("ivr.age",))
    stand.press("1")
    assert stand.call.fact("ivr.parts_ab") == "yes"


async def test_after_a_restart_a_call_is_where_it_was() -> None:
    stand = await at_age()
    stand.press("67")
    rows = [
        EventRow(ID, n, type(one).__name__, one.at_ms, to_data(one))
        for n, one in enumerate(stand.events)
    ]
    life = fold(Call(ID), rows)
    assert life.call == stand.call
    assert (await stand.commanded()) == (await stand.commanded())


async def test_news_of_an_earlier_node_means_nothing() -> None:
    stand = await at_age()
    assert stand.desk.hear(stand.call, stand.news(Spoken)) is None
    late = stand.news(Gathered, AT - 60_000, digits="67")
    assert stand.desk.hear(stand.call, late) is None


def test_who_waits_for_a_buyer_hears_ringing_where_the_flow_says_so() -> None:
    stand = Stand()
    assert stand.desk.music(replace(stand.call, spot=Spot("medicare", "sell"))) == TONE
    assert stand.desk.music(replace(stand.call, spot=Spot("medicare", "age"))) is None


async def test_the_flows_number_is_rung_only_if_it_may_be() -> None:
    stand = Stand()
    spot = Spot("medicare", "operator", came="")
    edition = stand.desk.networks.edition(1)
    edition.snapshot = replace(  # type: ignore[misc]
        edition.snapshot, network=replace(edition.snapshot.network, dial_allowed=())
    )
    call = replace(stand.call, state=State.PASSING, leg=1, spot=spot)
    ended = await stand.desk.pass_on(call)
    assert isinstance(ended, LegEnded)
    assert (ended.leg, ended.cause) == (1, "bad_number")


def test_a_group_by_weight_is_drawn_by_the_call_and_rings_everybody_once() -> None:
    group = RingGroup("g", ("a", "b", "c"), "x", "weighted", (8, 1, 1))
    firsts = 0
    for n in range(200):
        drawn = [numbers_of(group, turn, UUID(int=n))[0] for turn in range(3)]
        assert sorted(drawn) == ["a", "b", "c"]
        firsts += drawn[0] == "a"
    assert 140 <= firsts <= 180


def test_a_queue_has_places_and_gets_them_back() -> None:
    live: dict[UUID, Call] = {}
    places = Places(live.get)
    node = Queue("wait", "sell", "over", "full", size=2)
    calls = [Call(UUID(int=n), spot=Spot("f", "wait", taken=("wait",))) for n in range(3)]
    live |= {call.id: call for call in calls}
    assert [places.take(call, node) for call in calls] == [True, True, False]
    assert places.take(calls[0], node)
    del live[calls[1].id]
    assert places.take(calls[2], node)


@pytest.mark.parametrize(("prompt", "kind"), [("say", Say), ("play", Play)])
async def test_words_are_said_and_recordings_played_once(prompt: str, kind: type) -> None:
    stand = await at_age()
    url = "https://media.example/a.mp3"
    flow = stand.desk.networks.edition(1).snapshot.flows["medicare"]
    node = flow.nodes["disclaimer"]
    if prompt == "play":
        heard = replace(node.prompt, play={"": url})  # type: ignore[union-attr]
        flow.nodes["disclaimer"] = replace(node, prompt=heard)  # type: ignore[index]
    spot = Spot("medicare", "disclaimer", came="")
    stand.call = replace(stand.call, spot=spot)
    told = await stand.commanded()
    assert isinstance(told, kind)
    assert not isinstance(told, Play) or (told.url, told.once) == (url, True)
