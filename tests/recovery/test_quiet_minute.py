"""No webhook comes through for a minute: the server finds out by asking, and nobody pays too much.

The minute is virtual; the carrier tries again for ten seconds, so most of what it told is lost.
"""

from __future__ import annotations

import pytest
import trio

from market.call import Outcome, State
from tests.recovery.quiet_kit import Quiet, open_quiet
from tests.whole.networks import FALLBACK, FIRST, SECOND

MINUTE_S = 60.0
TALK_MS = 30_000
SOLD, RELEASED, REVIEWED = Outcome.CAPTURE, Outcome.RELEASE, Outcome.REVIEW


async def in_state(quiet: Quiet, state: State) -> None:
    """Wait until the call is in a state; and, if a buyer is rung, until that is heard of."""
    with trio.fail_after(MINUTE_S):
        while not any(call.state is state for call in quiet.desk.live()):  # noqa: ASYNC110
            await trio.sleep(0.01)
    await trio.sleep(0.1 if state is State.DIALING else 0)


@pytest.mark.parametrize(
    ("state", "first", "ends"),
    [
        # The carrier is asked whether they talk, and says when they stopped.
        (State.BRIDGED, "answers", [(1, SOLD)]),
        # A leg that outlives its ring was answered; the talk counts from when that is known.
        (State.DIALING, "answers", [(1, SOLD)]),
        # Its ring is over, and nobody says why. The next one's ring is never heard of: to us it was
        # none, though they talk. Nobody pays, and they are not disturbed.
        (State.DIALING, "busy", [(1, RELEASED), (2, RELEASED)]),
        (State.DIALING, "no_answer", [(1, REVIEWED), (2, RELEASED)]),
        # The same of the first ring; the carrier refuses to ring anybody else meanwhile.
        (State.ANSWERING, "answers", [(1, RELEASED), (2, RELEASED)]),
    ],
)
async def test_a_call_comes_to_its_end_and_each_hold_to_one(state, first, ends, autojump_clock):
    async with open_quiet() as quiet:
        for number, behaviour in ((FIRST, first), (SECOND, "answers"), (FALLBACK, "answers")):
            quiet.phone(number, behaviour)
        session = quiet.place(talk_s=TALK_MS / 1000)
        await in_state(quiet, state)
        quiet.silence(falls=True)
        await trio.sleep(MINUTE_S)
        assert [(one.leg, one.outcome) for one in quiet.settled] == ends
        quiet.silence(falls=False)
        await trio.sleep(MINUTE_S)
        assert [(one.leg, one.outcome) for one in quiet.settled] == ends, "a second end"
        assert quiet.desk.live() == ()
        truth = quiet.truth(session)
        assert truth["talk_ms"] == TALK_MS, "they were disturbed"
        assert truth["state"] == "ended"
        assert all(leg["ended_ms"] for leg in truth["legs"])
        sold = [one.talk_ms for one in quiet.settled if one.outcome is SOLD]
        assert all(talk_ms <= TALK_MS for talk_ms in sold)
        assert state is not State.BRIDGED or sold == [TALK_MS]


async def test_a_call_that_came_in_the_silence_begins_with_the_first_webhook_that_comes_through(
    autojump_clock,
):
    async with open_quiet() as quiet:
        quiet.phone(FIRST, "answers")
        quiet.silence(falls=True)
        await trio.sleep(MINUTE_S - 5)
        session = quiet.place(talk_s=TALK_MS / 1000)
        await trio.sleep(5)
        assert quiet.desk.live() == ()
        quiet.silence(falls=False)
        await trio.sleep(MINUTE_S)
        assert [(one.outcome, one.talk_ms) for one in quiet.settled] == [(SOLD, TALK_MS)]
        assert quiet.truth(session)["state"] == "ended"
