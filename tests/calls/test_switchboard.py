"""From the carrier's news to the right call: each means one thing, and counts once."""

from __future__ import annotations

import pytest
import trio

from auctiond.calls.leads import Leads
from auctiond.calls.switchboard import RECENT_MAX, Switchboard, call_id_of, translate
from auctiond.metrics import Metrics
from market.call import (
    BuyerAnswered,
    BuyerHears,
    BuyerJoined,
    BuyerRefused,
    CallerAnswered,
    Greeted,
    HungUp,
    LegEnded,
    State,
    ZipEntered,
)
from market.phone import (
    Answered,
    Arrived,
    Ended,
    Gathered,
    Joined,
    MachineHeard,
    Other,
    Pressed,
    Ringing,
    Screening,
    Spoken,
)
from tests.calls.kit import START_MS, call_in, leads_with, now_ms

S = State


class FakeDesk:
    """Has the calls it is given, and notes what they are told."""

    def __init__(self, *calls, full=False):
        self.calls = {call.id: call for call in calls}
        self.told = []
        self.started = []
        self._full = full

    def find(self, call_id):
        return self.calls.get(call_id)

    def tell(self, call_id, event):
        if self._full:
            raise trio.WouldBlock
        self.told.append(event)

    def start(self, call):
        self.started.append(call)
        self.calls[call.id] = call


class FakeLog:
    def __init__(self):
        self.opened = []

    def open(self, call_id):
        self.opened.append(call_id)


def news(kind, leg=0, at_ms=5, event_id="e1", call=None, **more):
    call_id = call.id if call is not None else None
    return kind(event_id, "session", f"leg-{leg}", leg, call_id, at_ms, **more)


def board(desk, leads=None):
    return Switchboard(desk, leads or leads_with(), FakeLog(), Metrics(), now_ms)


def dropped(switchboard, reason):
    labels = {"reason": reason}
    name = "auctiond_events_dropped_total"
    return switchboard.metrics.registry.get_sample_value(name, labels) or 0


TALK = call_in(S.BRIDGED)


@pytest.mark.parametrize(
    ("told", "event"),
    [
        (news(Answered), CallerAnswered(at_ms=5)),
        (news(Answered, 1), BuyerAnswered(at_ms=5, leg=1)),
        (news(Answered, 2), BuyerAnswered(at_ms=5, leg=2)),
        (news(Joined, 1), BuyerJoined(at_ms=5, leg=1)),
        (news(Joined, 0), BuyerJoined(at_ms=5, leg=1)),
        (news(Spoken), Greeted(at_ms=5)),
        (news(Spoken, 1), None),
        (news(Gathered, digits="10001"), ZipEntered(5, facts=(("zip", "10001"), ("state", "NY")))),
        (news(Gathered, digits="00000"), ZipEntered(5)),
        (news(Gathered, digits="1000"), ZipEntered(5)),
        (news(Gathered, digits=""), ZipEntered(5)),
        (news(Gathered, 1, digits="10001"), None),
        (news(Ended, cause="completed"), HungUp(at_ms=5)),
        (news(Ended, 1, cause="busy"), LegEnded(at_ms=5, leg=1, cause="busy")),
        (news(Ended, 1, caller_left=True), LegEnded(at_ms=5, leg=1, caller_left=True)),
        (news(Ringing, 1), None),
        (news(Screening, 1), BuyerHears(at_ms=5, leg=1)),
        (news(Pressed, 1, accepted=True), BuyerAnswered(at_ms=5, leg=1)),
        (news(Pressed, 1), BuyerRefused(at_ms=5, leg=1)),
        (news(MachineHeard, 1), BuyerRefused(at_ms=5, leg=1, cause="machine")),
        (news(MachineHeard), None),
        (news(Other, name="call.dtmf.received"), None),
    ],
)
def test_each_news_means_one_thing(told, event):
    assert translate(told, TALK) == event


@pytest.mark.parametrize(
    ("call", "leg"),
    [
        (call_in(S.DIALING), 1),  # With one buyer so far it can only be that one.
        (call_in(S.DIALING, leg=2), None),  # With whom? The second has not answered.
        (call_in(S.CONNECTING, leg=2, buyer_answered_ms=4), 2),
        (call_in(S.CONNECTING, leg=2, buyer_answered_ms=5), 2),
        (call_in(S.CONNECTING, leg=2, buyer_answered_ms=6), None),  # A join with the first.
        (call_in(S.FALLBACK, leg=2), None),
        (call_in(S.PINGING, leg=0), None),
    ],
)
def test_a_join_of_the_callers_leg_counts_when_it_can_only_be_with_this_buyer(call, leg):
    event = translate(news(Joined, 0), call)
    assert event == (BuyerJoined(at_ms=5, leg=leg) if leg is not None else None)


def test_the_first_news_starts_a_call_once_however_often_it_comes():
    desk, leads = FakeDesk(), Leads()
    switchboard = board(desk, leads)
    arrived = news(Arrived, at_ms=START_MS, caller="+14155550123", dialled="+15558000000")
    for _ in range(3):
        switchboard.deliver(arrived)
    (call,) = desk.started
    assert (call.id, call.tracking_number) == (call_id_of(arrived), "+15558000000")
    assert (call.arrived_ms, switchboard.call_log.opened) == (START_MS, [call.id])
    assert dropped(switchboard, "duplicate") == 2


def test_a_call_that_is_over_is_not_started_again_by_a_late_delivery():
    desk = FakeDesk()
    switchboard = board(desk, Leads())
    arrived = news(Arrived, at_ms=START_MS, dialled="+15558000000")
    switchboard.deliver(arrived)
    desk.calls.clear()
    switchboard.leads.forget(desk.started[0].id)
    switchboard.deliver(arrived)
    assert len(desk.started) == 1


def test_what_is_remembered_of_calls_has_a_limit():
    switchboard = board(FakeDesk(), Leads())
    switchboard.recent.update(dict.fromkeys(range(RECENT_MAX)))
    switchboard.deliver(news(Arrived, at_ms=START_MS))
    assert len(switchboard.recent) == RECENT_MAX
    assert 0 not in switchboard.recent


def test_who_calls_is_kept_as_a_lead_and_no_call_carries_it():
    desk, leads = FakeDesk(), Leads()
    lead = {"email": "ada@person.example", "phone": "an older number"}
    arrived = news(Arrived, at_ms=START_MS, caller="+14155550123", attestation="B", lead=lead)
    board(desk, leads).deliver(arrived)
    kept = leads.get(desk.started[0].id)
    assert kept.personal == {"email": "ada@person.example", "phone": "+14155550123"}
    assert (kept.caller, kept.attestation, kept.refs) == ("+14155550123", "B", {0: "leg-0"})
    assert "+14155550123" not in repr((desk.started, kept))


def test_a_withheld_number_is_no_phone_of_the_lead():
    desk, leads = FakeDesk(), Leads()
    board(desk, leads).deliver(news(Arrived, at_ms=START_MS, caller=""))
    assert leads.get(desk.started[0].id).personal == {}


@pytest.mark.parametrize("named", [True, False])  # By our id of it, or by the carrier's handle.
def test_a_carrier_is_believed_of_its_own_calls_alone(named):
    call = call_in(S.BRIDGED)
    desk = FakeDesk(call)
    switchboard = board(desk, leads_with(carrier="twilio"))
    for carrier in ("jambonz", "twilio"):
        news = Ended("e", "session", "a", 0, call.id if named else None, START_MS, carrier)
        switchboard.deliver(news)
        assert (switchboard.find(news) is not None) is (carrier == "twilio")
    assert desk.told == [HungUp(at_ms=START_MS, news="e")]
    assert dropped(switchboard, "no_call") == 1


def test_the_same_news_counts_once():
    desk = FakeDesk(TALK)
    switchboard = board(desk)
    for event_id in ("e1", "e1", "e2", "e1"):
        switchboard.deliver(news(Spoken, event_id=event_id, call=TALK))
    assert [event.news for event in desk.told] == ["e1", "e2"]
    assert dropped(switchboard, "duplicate") == 2


def test_news_before_our_first_command_finds_its_call_by_the_carriers_handle():
    desk = FakeDesk(TALK)
    board(desk).deliver(news(Ended))
    assert [type(event) for event in desk.told] == [HungUp]


def test_news_of_no_live_call_is_dropped_and_counted():
    for stranger in (news(Ended, call=call_in(S.BRIDGED)), news(Ended)):
        switchboard = board(FakeDesk(), Leads())
        switchboard.deliver(stranger)
        assert dropped(switchboard, "no_call") == 1


def test_a_leg_is_known_by_the_first_of_its_news_even_by_one_that_says_nothing():
    leads = leads_with({0: "a"})
    switchboard = board(FakeDesk(TALK), leads)
    switchboard.deliver(news(Ringing, 1, at_ms=9, call=TALK))
    switchboard.deliver(news(Answered, 1, at_ms=7, call=TALK))
    assert leads.get(TALK.id).refs == {0: "a", 1: "leg-1"}
    assert leads.get(TALK.id).first_ms == {1: 7}


def test_a_mailbox_that_is_full_loses_the_news_but_it_may_come_again():
    desk = FakeDesk(TALK, full=True)
    switchboard = board(desk)
    switchboard.deliver(news(Spoken, call=TALK))
    assert (desk.told, dropped(switchboard, "mailbox_full")) == ([], 1)
    desk._full = False
    switchboard.deliver(news(Spoken, call=TALK))
    assert len(desk.told) == 1
