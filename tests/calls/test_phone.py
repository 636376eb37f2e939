"""What a call asks of its carrier, and how it finds out what no webhook told."""

from __future__ import annotations

import pytest
import trio

from market.call import BuyerAnswered, BuyerJoined, HungUp, LegEnded, State, TimedOut
from market.phone import CarrierError, Dial, LegGone, LegStatus
from tests.calls.kit import (
    START_MS,
    FakeCarrier,
    GoneCarrier,
    call_in,
    leads_with,
    now_ms,
    open_phone,
    within,
)

S = State
DEAD = LegStatus(alive=False, ended_ms=START_MS + 1234)
DEAD_SOME_TIME = LegStatus(alive=False)
AWAY = CarrierError("unreachable")
RING = ("+15557110001", 20.0, 7200.0)


async def test_a_dial_shows_the_buyer_our_number_and_never_the_callers(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone:
        assert await within(1.0, phone.dial, call_in(S.DIALING), *RING) is None
    (dial,) = carrier.commands
    assert isinstance(dial, Dial)
    assert (dial.caller_id, dial.destination, dial.leg) == ("+15558000000", "+15557110001", 1)


async def test_a_command_to_a_leg_that_is_gone_is_the_callers_end_at_the_carriers_time(
    autojump_clock,
):
    for state, do in (
        (S.ANSWERING, lambda phone, call: phone.answer(call)),
        (S.GREETING, lambda phone, call: phone.say(call, "Hello")),
        (S.GATHERING, lambda phone, call: phone.gather(call, "Zip?", 8.0)),
        (S.DIALING, lambda phone, call: phone.dial(call, *RING)),
        (S.CLOSING, lambda phone, call: phone.close(call)),
    ):
        async with open_phone(GoneCarrier(a=DEAD)) as phone:
            event = await do(phone, call_in(state, leg_ended_ms=1))
            assert event == HungUp(at_ms=START_MS + 1234)


async def test_an_end_whose_time_nobody_knows_is_a_guess(autojump_clock):
    for status in (AWAY, DEAD_SOME_TIME):
        async with open_phone(GoneCarrier(a=status)) as phone:
            event = await phone.say(call_in(S.GREETING), "Hello")
            assert event == HungUp(at_ms=now_ms(), guess=True)


async def test_a_command_that_fails_leaves_the_call_to_its_deadline(autojump_clock, caplog):
    async with open_phone(FakeCarrier(AWAY)) as phone:
        assert await within(1e6, phone.say, call_in(S.GREETING), "Hello") is None
    assert "command.failed" in caplog.text


@pytest.mark.parametrize(
    ("reason", "event"),
    [
        ("refused", LegEnded(leg=1, cause="carrier_error")),
        ("unreachable", TimedOut()),  # It may ring all the same: that leg must end first.
        ("http:503", TimedOut()),
    ],
)
async def test_a_dial_that_fails_ends_the_leg_only_if_it_surely_did_not_begin(
    autojump_clock, reason, event
):
    async with open_phone(FakeCarrier(CarrierError(reason))) as phone:
        found = await phone.dial(call_in(S.DIALING), *RING)
        assert (type(found), found.leg) == (type(event), event.leg)


async def test_a_ring_whose_answer_was_lost_is_found_alive_after_its_time(autojump_clock):
    leads = leads_with()
    leads.get(call_in(S.DIALING).id).first_ms[1] = START_MS
    async with open_phone(FakeCarrier(), leads) as phone:
        event, took_s = await within(60, phone.dial, call_in(S.DIALING), *RING)
        assert (event, took_s) == (BuyerAnswered(at_ms=now_ms(), leg=1), pytest.approx(22, abs=1))


async def test_a_ring_whose_end_was_lost_is_found_dead_after_its_time(autojump_clock):
    leads = leads_with()
    leads.get(call_in(S.DIALING).id).first_ms[1] = START_MS
    async with open_phone(FakeCarrier(b=DEAD), leads) as phone:
        event, _ = await within(60, phone.dial, call_in(S.DIALING), *RING)
        assert event == LegEnded(at_ms=START_MS + 1234, leg=1)


async def test_a_join_that_no_webhook_told_is_found_by_asking_for_both_legs(autojump_clock):
    async with open_phone(FakeCarrier()) as phone:
        event, took_s = await within(10, phone.watch_join, call_in(S.CONNECTING))
        assert isinstance(event, BuyerJoined)
        assert took_s < 5.0  # CONNECTING's deadline.
        assert event.at_ms == now_ms()  # Later than the truth: no buyer pays too much.


@pytest.mark.parametrize("legs", [{"a": DEAD}, {"b": DEAD}, {"a": AWAY}, {"b": AWAY}])
async def test_two_who_are_not_both_known_to_be_there_are_not_joined(autojump_clock, legs):
    async with open_phone(FakeCarrier(**legs)) as phone:
        assert await within(100, phone.watch_join, call_in(S.CONNECTING)) is None


@pytest.mark.parametrize(
    ("legs", "event"),
    [
        ({"b": DEAD}, LegEnded(at_ms=START_MS + 1234, leg=1)),
        ({"a": DEAD}, HungUp(at_ms=START_MS + 1234)),
        ({"a": DEAD, "b": DEAD}, LegEnded(at_ms=START_MS + 1234, leg=1)),
    ],
)
async def test_an_end_that_no_webhook_told_is_found_by_asking_now_and_then(
    autojump_clock, legs, event
):
    async with open_phone(FakeCarrier(**legs), polls_s=15.0) as phone:
        found, took_s = await within(100, phone.watch_talk, call_in(S.BRIDGED))
        assert (found, took_s) == (event, pytest.approx(17.0, abs=0.1))


async def test_a_talk_goes_on_while_the_carrier_cannot_be_asked(autojump_clock):
    carrier = FakeCarrier(a=AWAY, b=AWAY)
    async with open_phone(carrier) as phone:
        assert await within(100, phone.watch_talk, call_in(S.BRIDGED)) is None
    assert len(carrier.asked) == 12


async def test_a_leg_that_rings_too_long_is_ended_and_waited_for(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone, trio.open_nursery() as nursery:
        found = []

        async def cancel():
            found.append(await phone.cancel_leg(call_in(S.CANCELLING)))

        nursery.start_soon(cancel)
        await trio.sleep(4.5)
        assert found == []  # It lives: nobody else may be dialled.
        carrier.legs["b"] = DEAD
    assert found == [LegEnded(at_ms=START_MS + 1234, leg=1, cause="cancelled")]
    assert len({command.command_id for command in carrier.commands}) == 1


async def test_a_leg_of_which_nothing_is_ever_heard_was_never_rung(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier, leads_with({0: "a"})) as phone:
        event, took_s = await within(30, phone.cancel_leg, call_in(S.CANCELLING))
        assert (event.cause, took_s) == ("carrier_error", pytest.approx(5.0, abs=1.0))
    assert carrier.said == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (call_in(S.CLOSING, leg=0, answered=False), ["Reject"]),
        (call_in(S.CLOSING, leg=0), ["Hangup"]),
        (call_in(S.CLOSING), ["Hangup", "Hangup"]),
        (call_in(S.CLOSING, leg_ended_ms=1), ["Hangup"]),
        (call_in(S.CLOSING, hung_up_ms=1), ["Hangup"]),
    ],
)
async def test_closing_ends_what_still_lives(autojump_clock, call, said):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone:
        assert await within(4.0, phone.close, call) is None
    assert carrier.said == said


async def test_a_call_that_was_answered_unheard_is_hung_up_when_it_cannot_be_rejected(
    autojump_clock,
):
    carrier = FakeCarrier(CarrierError("refused"))
    async with open_phone(carrier) as phone:
        await within(4.0, phone.close, call_in(S.CLOSING, leg=0, answered=False))
    assert carrier.said == ["Reject", "Hangup"]


async def test_the_buyers_end_is_waited_for_when_the_caller_has_left(autojump_clock):
    async with open_phone(FakeCarrier(b=DEAD)) as phone:
        event = await phone.close(call_in(S.CLOSING, hung_up_ms=START_MS))
        assert event == LegEnded(at_ms=START_MS + 1234, leg=1)


async def test_music_that_fails_disturbs_nobody(autojump_clock):
    carrier = FakeCarrier(AWAY, LegGone())
    async with open_phone(carrier) as phone:
        phone.play(call_in(S.PINGING), "https://music.example/1.mp3")
        await trio.sleep(1)
        phone.stop_play(call_in(S.BRIDGED))
        await trio.sleep(1)
    assert carrier.said == ["Play", "StopPlay"]


async def test_a_repeated_state_gives_the_same_command_and_another_try_another(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone:
        for tries in (3, 3, 2):
            await within(1.0, phone.gather, call_in(S.GATHERING, zip_tries=tries), "Zip?", 8.0)
    first, again, next_try = [command.command_id for command in carrier.commands]
    assert first == again != next_try
