"""The demo's script, as the sandbox carrier takes it: who answers how, who calls and what they do.

Pure: the same seed is the same script. Times are short, so that a sale takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, TypeVar

from auctiond.sandbox.buyers.offers import BILLABLE_S, destination
from auctiond.sandbox.chance import draw
from auctiond.sandbox.network import FALLBACK, LAST_RESORT_NUMBER, STEADY_NUMBER
from auctiond.sandbox.people import person

Json: TypeAlias = dict[str, object]
_T = TypeVar("_T")

JUST_UNDER_S = BILLABLE_S - 0.3  # The talk that must not be billed.
_PHONES, _CALLS = 1, 2  # Which chance is drawn.

# How a buyer's phone behaves, in a hundred. None: it talks until the caller leaves.
_PHONE_LAWS: tuple[tuple[int, tuple[str, float | None]], ...] = (
    (72, ("answers", None)),
    (8, ("answers", JUST_UNDER_S)),
    (8, ("busy", None)),
    (6, ("no_answer", None)),
    (6, ("declines", None)),
)
# How long a caller talks, in a hundred.
_TALKS_S = ((10, JUST_UNDER_S), (15, BILLABLE_S + 0.3), (45, BILLABLE_S + 1.0), (30, 6.0))
_ZIPS = ((82, "own"), (8, "bad"), (10, "none"))
_GIVES_UP_IN_100 = 6  # Callers who hang up before anybody is found for them.


def phones(seed: int, buyers: int) -> list[Json]:
    """Return how every number that may be rung behaves: PUT /sandbox/phones/NUMBER each."""
    told = [_phone(seed, n) for n in range(buyers)]
    sure = [_answering(number) for number in (STEADY_NUMBER, LAST_RESORT_NUMBER, FALLBACK)]
    return told + sure


def callers(seed: int, count: int, numbers: Sequence[str]) -> Iterator[Json]:
    """Yield the calls to place: POST /sandbox/calls each. The n-th is the seed's n-th person's."""
    for n in range(count):
        caller, bits = person(seed, n), draw(seed, _CALLS, n)
        zip_law = _choose(_ZIPS, bits // 100)
        yield {
            "from": caller.number,
            "to": numbers[n % len(numbers)],
            "name": caller.name,
            "lead": {
                "name": caller.name,
                "phone": caller.number,
                "email": caller.email,
                "street": caller.street,
                "zip": caller.zip,
                "state": caller.state,
            },
            "script": {
                "zip": {"own": caller.zip, "bad": "bad"}.get(zip_law),
                "hang_up_after_s": _gives_up_s(bits),
                "talk_s": _choose(_TALKS_S, bits // 10_000),
            },
        }


def _phone(seed: int, n: int) -> Json:
    bits = draw(seed, _PHONES, n)
    behaviour, hang_up_s = _choose(_PHONE_LAWS, bits)
    return {
        "number": destination(n),
        "behaviour": behaviour,
        "answer_after_s": round(0.2 + bits // 100 % 10 / 10, 1),
        "hang_up_after_s": hang_up_s,
    }


def _answering(number: str) -> Json:
    return {
        "number": number,
        "behaviour": "answers",
        "answer_after_s": 0.5,
        "hang_up_after_s": None,
    }


def _choose(laws: tuple[tuple[int, _T], ...], bits: int) -> _T:
    """Return one of `laws`, each as often in a hundred as it says."""
    drawn = bits % 100
    for share, choice in laws:
        if drawn < share:
            return choice
        drawn -= share
    raise ValueError(f"shares of {laws} are not a hundred")


def _gives_up_s(bits: int) -> float | None:
    """Return when the caller loses patience, from the start of the call; None: not at all."""
    if bits % 100 >= _GIVES_UP_IN_100:
        return None
    return round(0.5 + bits // 1_000_000 % 40 / 10, 1)
