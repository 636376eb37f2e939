"""The work of a call in its flow: the commands to the carrier, by node, and after a restart."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

import pytest
import trio

from auctiond.calls.call_view import fold
from auctiond.calls.event_codec import to_data
from auctiond.flows.numbers import numbers_of
from auctiond.flows.places import Places
from auctiond.pg.calls import EventRow
from market.call import Call, LegEnded, State
from market.call_flow import Queue, RingGroup
from market.call_state import deadline_s
from market.flow_moves import FlowMoved
from market.phone import Gather, Gathered, Play, RecordingSaved, Say, Spoken
from market.spot import Spot
from tests.flows.stand import AT, ID, TONE, Stand, at_age


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
    declined = told | {"agreed": False, "key": "9"}
    assert refused.notes == [("recording_consent", declined)]
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


class Recorder:
    """Keeps what it is asked for."""

    def __init__(self, *, can_pause: bool = True) -> None:
        self.told: list[str] = []
        self.can_pause = can_pause

    def must_ask(self, call: Call) -> bool:
        return True

    def takes_messages(self, call: Call) -> bool:
        return True

    async def act(self, call: Call, action: str) -> None:
        assert call.spot is not None
        self.told.append(f"{action} {call.spot.agreed}")

    async def ask(self, call: Call, *, sensitive: bool) -> bool:
        assert call.spot is not None
        self.told.append(f"sensitive {sensitive}")
        return self.can_pause

    async def message_over(self, call: Call) -> None:
        self.told.append("message over")

    async def message(self, call: Call, longest_s: float) -> bool:
        self.told.append(f"message {longest_s:g}")
        return True


async def test_recording_is_handed_over_with_what_was_agreed(autojump_clock) -> None:
    stand = Stand()
    stand.desk.outcomes.recorder = recorder = Recorder()
    await stand.work()
    stand.press("9")
    stand.take(stand.desk.hear(stand.call, stand.news(Spoken)))
    await stand.work()
    assert recorder.told == ["start False"]
    stand.call = replace(stand.call, spot=Spot("medicare", "message", came=""))
    asked = await stand.commanded()
    assert isinstance(asked, Say)
    assert asked.text.startswith("All licensed agents")
    assert recorder.told[1:] == []
    stand.take(stand.desk.hear(stand.call, stand.news(Spoken)))
    talk = stand.news(RecordingSaved, channels="dual")
    assert stand.desk.hear(stand.call, talk) is None  # Of what was recorded before.
    await stand.work()
    assert recorder.told[1:] == ["message 120", "message over"]
    assert stand.call.spot is not None
    assert stand.call.spot.node == "bye"


async def test_what_is_sensitive_is_not_recorded() -> None:
    stand = await at_age()
    stand.desk.outcomes.recorder = recorder = Recorder()
    sheltered: list[object] = []
    stand.desk.outcomes.shelter = SimpleNamespace(start=lambda name, fn: sheltered.append(fn))  # type: ignore[assignment]
    await stand.commanded()  # An age is personal.
    assert recorder.told == ["sensitive True"]
    stand.press("7")
    assert sheltered == []
    stand.press("67")
    await sheltered[0]()  # type: ignore[operator]
    assert recorder.told[-1] == "sensitive False"


async def test_what_would_be_on_a_recording_is_not_asked() -> None:
    stand = await at_age()
    stand.desk.outcomes.recorder = Recorder(can_pause=False)
    await stand.work()
    assert stand.carrier.told == []
    assert stand.call.spot is not None
    assert stand.call.spot.node == "disability"  # As for who answers nothing.


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
