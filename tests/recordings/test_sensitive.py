"""What is personal is asked only where no recording can hear it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from market.call import State
from market.phone import CarrierError, PauseRecording, StartRecording, StopRecording
from tests.recordings.test_recorder import BRIDGED, Stand

REASONS = ["unreachable", "http:503", "refused"]


def recorded(*replies):
    """Return a stand whose call is in its flow; the carrier's replies are to what follows."""
    stand = Stand(None, *replies, record=False)
    stand.call = replace(BRIDGED, state=State.FLOW, leg=0, bid=None)
    return stand


@pytest.mark.parametrize("reason", REASONS)
async def test_a_recording_that_cannot_be_paused_is_ended_before_a_question(reason, autojump_clock):
    stand = recorded(CarrierError(reason))
    await stand.recorder.act(stand.call, "start")
    assert await stand.recorder.ask(stand.call, sensitive=True)
    assert stand.told == [StartRecording, PauseRecording, StopRecording]
    assert stand.notes == ["started", "stopped not_paused"]
    await stand.recorder.ask(stand.call, sensitive=False)
    assert stand.told[3:] == [StartRecording]  # And what comes after is on another one.


@pytest.mark.parametrize("reason", REASONS)
async def test_what_can_neither_be_paused_nor_ended_lets_no_question_be_asked(
    reason, autojump_clock
):
    stand = recorded(CarrierError(reason), CarrierError(reason))
    await stand.recorder.act(stand.call, "start")
    assert not await stand.recorder.ask(stand.call, sensitive=True)
    assert stand.notes == ["started"]
    assert await stand.recorder.ask(stand.call, sensitive=True)  # Asked again, it is told again.
    assert stand.told == [StartRecording, PauseRecording, StopRecording, PauseRecording]


async def test_a_carrier_that_says_nothing_of_a_pause_lets_no_question_be_asked(autojump_clock):
    stand = recorded()
    await stand.recorder.act(stand.call, "start")

    async def silent(command):
        await trio.sleep_forever()

    stand.carrier.send = silent
    assert not await stand.recorder.ask(stand.call, sensitive=True)
