"""The checker finds what it is there to find: each claim, broken, is told."""

from __future__ import annotations

from dataclasses import replace

from auctiond.sandbox.network import FALLBACK
from bench.crash.check import Seen, check


def leg(ref="leg", bridged_ms=1000, talk_ms=3500, destination="+1555"):
    return {
        "ref": ref,
        "destination": destination,
        "bridged_ms": bridged_ms,
        "ended_ms": bridged_ms + talk_ms if bridged_ms else None,
        "talk_ms": talk_ms,
    }


def truth(*legs, state="ended"):
    return {"call_session_id": "s", "state": state, "legs": list(legs)}


RECORD = {"id": "c", "call_ref": "s", "disposition": "sold", "state": "ended", "timeline": []}
UNSOLD = RECORD | {"disposition": "under_duration"}
HEARD = frozenset({("s", "incoming"), ("leg", "call.bridged"), ("leg", "call.hangup")})
GOOD = Seen(
    truths=[truth(leg())],
    acknowledged=HEARD,
    records=[RECORD],
    captures=[("c", 100)],
    open_holds=[],
    slots_held={"slot:t": 0},
    posts=[(1, "b1-0", "s", 1010)],
)


def found(**changes):
    return check(replace(GOOD, **changes))


def test_a_call_that_went_well_is_well():
    assert found().all() == []
    assert found().captured == 1


def test_an_acknowledged_call_without_a_record_or_an_end_is_lost():
    assert "not on record" in found(records=[], captures=[]).lost[0]
    assert found(records=[], captures=[], acknowledged=frozenset(), posts=[]).all() == []
    assert "no end" in found(records=[RECORD | {"disposition": "live"}]).lost[0]


def test_a_caller_left_on_the_line_is_found():
    assert "left alone" in found(truths=[truth(leg(), state="answered")]).wrong[0]


def test_two_charges_of_one_call_are_found():
    assert "charged 2 times" in found(captures=[("c", 100)] * 2).charged_twice[0]


def test_a_charge_for_a_short_talk_and_one_that_the_record_hides_are_found():
    assert "a talk of 2999 ms" in found(truths=[truth(leg(talk_ms=2999))]).wrong[0]
    assert "under_duration" in found(records=[UNSOLD]).wrong[0]


def test_a_talk_that_was_heard_of_and_not_charged_is_lost_unless_it_waits_for_a_person():
    unpaid = {"captures": [], "records": [UNSOLD]}
    assert "was not charged" in found(**unpaid).lost[0]
    assert found(**unpaid, acknowledged=HEARD - {("leg", "call.bridged")}).all() == []
    to_fallback = [truth(leg(destination=FALLBACK))]
    assert found(**unpaid, truths=to_fallback).all() == []
    review = {"kind": "review", "data": {"leg": 1, "why": "no_join"}}
    waiting = {"captures": [], "records": [UNSOLD | {"timeline": [review]}]}
    assert found(**waiting, open_holds=[("c", 1)]).all() == []
    assert found(**waiting, open_holds=[("c", 1)]).reviews == 1


def test_a_hold_that_waits_for_nothing_and_a_slot_in_use_are_found():
    assert "waits for nothing" in found(open_holds=[("c", 1)]).wrong[0]
    assert "slot:t has 1 in use" in found(slots_held={"slot:t": 1}).wrong[0]


def test_talking_to_two_at_once_is_found():
    assert "two buyers" in found(truths=[truth(leg(), leg(bridged_ms=4000))]).wrong[0]
    assert found(truths=[truth(leg(), leg(bridged_ms=4500))]).all() == []


def test_a_lead_posted_twice_or_early_is_found():
    assert "2 times" in found(posts=[(1, "b1-0", "s", 1010)] * 2).wrong[0]
    assert "before the connect" in found(posts=[(1, "b1-0", "s", 999)]).wrong[0]


def test_a_ledger_that_does_not_verify_is_found():
    assert "does not verify: cut" in found(problems=["cut"]).wrong[0]
