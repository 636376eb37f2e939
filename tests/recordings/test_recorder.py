"""What the carrier is told to record of a call, as it goes from place to place."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import trio

from auctiond.calls.leads import Lead, Leads
from auctiond.logs import Log
from auctiond.recording.consent import Consents
from auctiond.recording.recorder import CallRecorder
from compliance.law.recording_file import SHIPPED, read_recording_law
from market.call import State
from market.network import TrackingNumber
from market.phone import (
    CarrierError,
    LegGone,
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from market.recording import RecordingTerms
from market.spot import Spot
from routing.snapshot import compile_network
from tests.calls.kit import CALL_ID, FakeCarrier, bid, call_in, now_ms
from tests.whole.networks import TWO, network_of

TEXAS, CALIFORNIA = "+15125550100", "+12135550100"
LAW = read_recording_law(SHIPPED.read_text())
BRIDGED = call_in(State.BRIDGED, tracking_number="+15125550199", spot=Spot("f", came=""))


class Book:
    """Keeps rows in memory; `away` is raised in place of the next one."""

    def __init__(self) -> None:
        self.rows, self.moves, self.on_record, self.live = [], [], True, []

    async def begin(self, id_, call_id, kind, leg, at_ms, due_ms):
        self.rows += [(kind, leg)] if self.on_record else []
        return self.on_record

    async def move(self, move):
        self.moves.append((move.after, move.why))
        return True

    async def going(self):
        return self.live


class Stand:
    """A recorder, its call, and what the carrier was told."""

    def __init__(self, *replies, caller=TEXAS, terms=None, first=None, **campaign) -> None:
        targets = tuple(replace(one, answers_in=("TX",)) for one in TWO)
        targets = (replace(targets[0], **(first or {})), targets[1])
        small = network_of(targets, **{"record": True, "fallback": ""} | campaign)
        terms = RecordingTerms(on=True) if terms is None else terms
        numbers = (TrackingNumber("+15125550199", "calls", "pub"),)
        snapshot = compile_network(1, replace(small, recording=terms, numbers=numbers))
        leads = Leads()
        leads.put(CALL_ID, Lead("session", {0: "a"}, caller=caller))
        self.carrier, self.book, self.notes = FakeCarrier(*replies), Book(), []
        self.call = BRIDGED
        note = lambda id_, kind, data: self.notes.append(  # noqa: E731
            data["what"] + (f" {data['why']}" if "why" in data else "")
        )
        self.started = []
        self.recorder = CallRecorder(
            self.book,
            Consents(
                LAW,
                SimpleNamespace(edition=lambda version: SimpleNamespace(snapshot=snapshot)),
                leads,
                now_ms,
            ),
            self.carrier,
            leads,
            SimpleNamespace(note=note),
            SimpleNamespace(start=lambda name, fn: self.started.append(fn)),
            Log("test"),
            now_ms,
            lambda id_: self.call,
            run="1",
        )

    async def goes_to(self, **changes):
        """Let the call be elsewhere."""
        self.call = replace(self.call, **changes)
        self.recorder.follow(self.call)
        for fn in self.started:
            await fn()
        self.started.clear()

    @property
    def told(self):
        return [type(command) for command in self.carrier.commands]


AUCTION = {"state": State.AWARDING, "leg": 2}


async def test_a_talk_is_recorded_from_its_join_to_its_end_and_the_next_one_too(autojump_clock):
    stand = Stand()
    await stand.goes_to()
    await stand.goes_to(**AUCTION)
    await stand.goes_to(state=State.BRIDGED, bid=bid("second"))
    assert stand.told == [StartRecording, StopRecording, StartRecording]
    assert stand.book.rows == [("talk", 1), ("talk", 2)]
    assert len({command.command_id for command in stand.carrier.commands}) == 3


async def test_it_does_not_matter_how_often_or_how_late_it_is_heard(autojump_clock):
    stand = Stand()
    for _ in range(3):
        stand.recorder.follow(stand.call)
    stand.call = replace(stand.call, **AUCTION)  # Over before anything was done.
    async with trio.open_nursery() as nursery:
        for fn in stand.started:
            nursery.start_soon(fn)
    assert stand.told == []


@pytest.mark.parametrize(
    ("changes", "agreed", "why"),
    [
        ({}, False, "declined"),
        ({"caller": CALIFORNIA}, None, "law:CA"),
        ({"caller": ""}, None, "law:unknown"),
        ({"first": {"answers_in": ("WA",)}}, None, "law:WA"),
        ({"first": {"answers_in": ()}}, None, "law:unknown"),  # Its number is of no place.
        ({"record_ask": "always"}, None, "not_asked"),
        ({"first": {"no_recording": True}}, True, "target"),
        ({"terms": RecordingTerms()}, True, "off"),
    ],
)
async def test_nobody_is_recorded_who_may_not_be(changes, agreed, why, autojump_clock):
    stand = Stand(**changes)
    stand.call = replace(BRIDGED, spot=replace(BRIDGED.spot, agreed=agreed))
    await stand.goes_to()
    await stand.goes_to()
    assert stand.told == []
    assert stand.notes == [f"refused {why}"]  # Once.


@pytest.mark.parametrize("changes", [{"caller": CALIFORNIA}, {"caller": ""}])
async def test_who_agreed_may_be_recorded_anywhere(changes, autojump_clock):
    stand = Stand(**changes)
    await stand.goes_to(spot=replace(BRIDGED.spot, agreed=True))
    assert stand.told == [StartRecording]


async def test_a_flows_recording_is_paused_for_a_target_that_blocks_it(autojump_clock):
    stand = Stand(first={"no_recording": True}, record=False)
    stand.call = replace(BRIDGED, state=State.FLOW, leg=0, bid=None)
    await stand.recorder.act(stand.call, "start")
    await stand.goes_to(state=State.BRIDGED, leg=1, bid=bid("first"))
    await stand.goes_to(**AUCTION)
    await stand.goes_to(state=State.BRIDGED, bid=bid("second"))
    assert stand.told == [StartRecording, PauseRecording, ResumeRecording]
    assert stand.notes == ["started", "refused target", "paused", "resumed"]


async def test_what_is_personal_is_left_out_and_a_pause_of_the_flow_stays(autojump_clock):
    stand = Stand(record=False)
    stand.call = replace(BRIDGED, state=State.FLOW, leg=0, bid=None)
    await stand.recorder.ask(stand.call, sensitive=True)  # Nothing is recorded.
    await stand.recorder.act(stand.call, "start")
    await stand.recorder.ask(stand.call, sensitive=True)
    await stand.recorder.act(stand.call, "pause")
    await stand.recorder.ask(stand.call, sensitive=False)
    assert stand.told == [StartRecording, PauseRecording]
    await stand.recorder.act(stand.call, "resume")
    await stand.recorder.act(stand.call, "stop")
    assert stand.told[2:] == [ResumeRecording, StopRecording]


async def test_a_call_that_is_not_on_record_is_not_recorded(autojump_clock):
    stand = Stand()
    stand.book.on_record = False
    await stand.goes_to()
    assert (stand.told, stand.notes) == ([], ["refused not_on_record"])


@pytest.mark.parametrize("error", [LegGone(), CarrierError("refused")])
async def test_a_carrier_that_does_not_begin_leaves_no_row_that_waits(error, autojump_clock):
    stand = Stand(error)
    await stand.goes_to()
    assert [after for after, _ in stand.book.moves] == ["lost"]
    assert "started" not in stand.notes


async def test_a_command_whose_answer_is_lost_may_have_begun_and_is_ended(autojump_clock):
    stand = Stand(CarrierError("unreachable"))
    await stand.goes_to()
    assert stand.book.moves == []  # The row waits for the carrier's news.
    await stand.goes_to(**AUCTION)
    assert stand.told == [StartRecording, StopRecording]


async def test_after_a_restart_what_goes_on_is_ended_when_its_talk_is(autojump_clock):
    stand = Stand()
    row = SimpleNamespace(call_id=CALL_ID, id=CALL_ID, leg=1)
    stand.book.live = [row]
    await stand.recorder.resume()
    await stand.goes_to()  # The work of the talk begins again.
    await stand.goes_to(**AUCTION)
    assert stand.told == [ResumeRecording, StopRecording]  # It may have been paused.


async def test_a_message_is_taken_where_the_account_records(autojump_clock):
    stand, off = Stand(), Stand(terms=RecordingTerms())
    at = replace(BRIDGED, state=State.FLOW, leg=0, bid=None)
    assert stand.recorder.takes_messages(at)
    assert not off.recorder.takes_messages(at)
    assert await stand.recorder.message(at, 30.0)
    (start,) = stand.carrier.commands
    assert (start.channels, start.beep, start.longest_s) == ("single", True, 30.0)
    assert stand.book.rows == [("message", 0)]


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({}, False),
        ({"caller": CALIFORNIA}, True),
        ({"caller": ""}, True),
        ({"record_ask": "always"}, True),
        ({"first": {"answers_in": ("FL", "TX")}}, True),  # It may come to that one.
        ({"fallback": "sip:desk@example.com"}, True),
        ({"fallback": "+15125550111"}, False),
        ({"terms": RecordingTerms(), "caller": CALIFORNIA}, False),  # Nothing is recorded.
    ],
)
async def test_who_must_be_asked_before_the_sale(changes, asks, autojump_clock):
    stand = Stand(**changes)
    assert stand.recorder.must_ask(BRIDGED) is asks


async def test_a_state_that_the_caller_told_counts_as_well(autojump_clock):
    stand = Stand()
    assert stand.recorder.must_ask(replace(BRIDGED, facts=(("state", "CA"),)))


async def test_a_start_that_is_cut_off_may_have_begun_and_is_ended(autojump_clock):
    stand = Stand()
    send = stand.carrier.send

    async def slow(command):
        await send(command)
        await trio.sleep(60)

    stand.carrier.send = slow
    await stand.goes_to()
    assert stand.told == [StartRecording]
    stand.carrier.send = send
    await stand.goes_to(**AUCTION)
    assert stand.told == [StartRecording, StopRecording]


@pytest.mark.parametrize(("reason", "times"), [("unreachable", 2), ("http:503", 2), ("refused", 1)])
async def test_a_stop_that_nobody_heard_is_told_again(reason, times, autojump_clock):
    stand = Stand(None, CarrierError(reason))
    await stand.goes_to()
    await stand.goes_to(**AUCTION)
    await stand.goes_to(state=State.DIALING)
    assert stand.told == [StartRecording, *[StopRecording] * times]
    assert stand.notes == ["started", "stopped"]
