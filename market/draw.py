"""Draw the call's states, from the very table that runs: `python -m market.draw`. Pure."""

from __future__ import annotations

import sys

from market.call import State
from market.call_table import TABLE, Turn

# Where a turn can lead. tests/market/test_draw.py takes every turn at random and compares.
TURN_ENDS: dict[Turn, tuple[State, ...]] = {
    Turn.TAKE_UP: (State.ANSWERING, State.CALLING, State.PINGING, State.ENDED),
    Turn.PERSON_HERE: (State.GREETING, State.FLOW, State.CONNECTING),
    Turn.BUYER_HERE: (State.CONNECTING, State.CALLING),
    Turn.BEGIN: (State.GREETING, State.FLOW),
    Turn.GO: (State.FLOW, State.PINGING, State.PASSING, State.CLOSING, State.FALLBACK),
    Turn.PASSED: (State.FLOW, State.CLOSING),
    Turn.LOST: (State.FALLBACK,),
    Turn.APOLOGISE: (State.FALLBACK, State.CLOSING),
    Turn.ASK_ZIP: (State.GATHERING, State.PINGING, State.FALLBACK),
    Turn.NEXT_BID: (
        State.AWARDING,
        State.PINGING,
        State.FLOW,
        State.FALLBACK,
        State.ENDED,
    ),
    Turn.NO_SALE: (State.FLOW, State.FALLBACK, State.ENDED),
    Turn.OFFER: (State.CONFIRMING, State.DIALING),
    Turn.CROSSED: (State.BRIDGED, State.CANCELLING),
    Turn.LEG_DONE: (
        State.CLOSING,
        State.LEG_OVER,
        State.AWARDING,
        State.PINGING,
        State.FLOW,
        State.FALLBACK,
        State.ENDED,
    ),
    Turn.CALLER_LEFT: (State.CLOSING, State.ENDED),
    Turn.ALL_OVER: (State.CLOSING, State.ENDED),
}


def mermaid() -> str:
    """Return the table as a Mermaid state diagram: an arrow a row, one label for all its events."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, row in TABLE.items():
        for event, after in row.items():
            if after is not state:
                arrows.setdefault((state.name, after.name), []).append(event.__name__)
    lines = ["stateDiagram-v2", "    [*] --> SCREENING"]
    lines += [f"    state {turn.name} <<choice>>" for turn in Turn]
    lines += [f"    {a} --> {b}: {', '.join(events)}" for (a, b), events in arrows.items()]
    lines += [f"    {turn.name} --> {end.name}" for turn, ends in TURN_ENDS.items() for end in ends]
    return "\n".join([*lines, "    ENDED --> [*]"])


if __name__ == "__main__":
    sys.stdout.write(mermaid() + "\n")
