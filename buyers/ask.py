"""The question to a buyer, as a closed set of anonymous facts. Pure.

Pings and confirms are written from an Ask and nothing else, so they cannot hold personal
data: there is no place in an Ask where it could stand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import field

from buyers.words import ANONYMOUS, CONSENT, NOW, is_personal
from market.money import Micros
from market.value import dataclass

SHAPES = {  # What is shaped otherwise is no such fact, and might be anything: a phone number.
    "state": re.compile(r"[A-Z]{2}", re.ASCII),
    "zip": re.compile(r"\d{5}", re.ASCII),
    "area_code": re.compile(r"[2-9]\d{2}", re.ASCII),
    **dict.fromkeys(CONSENT, re.compile("[YN]")),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What every buyer of a tier is told of one call.

    Raises ValueError, naming the field, for a fact that is not anonymous or not in shape.
    """

    facts: Mapping[str, str]  # state, zip, area_code, vertical, ivr.NAME as the campaign allows.
    auction_id: str
    told_ms: int  # The answer must be with us after so many milliseconds.
    reserve: Micros = Micros(0)
    now_ms: int = 0  # Of Unix time; 0: not told, and a format that says the time is not asked.
    # All of it as templates name it: the same for every buyer, so written once.
    scope: Mapping[str, str | int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, value in self.facts.items():
            if not is_anonymous(name, value):
                raise ValueError(f"{name} may not be asked about: not anonymous, or not in shape")
        terms = {"auction_id": self.auction_id, "told_ms": self.told_ms, "reserve": self.reserve}
        now = {NOW: self.now_ms} if self.now_ms else {}
        object.__setattr__(self, "scope", {**self.facts, **terms, **now})


def is_anonymous(name: str, value: str) -> bool:
    """Return whether a buyer who has not bought the call may see this fact."""
    if name.startswith("ivr."):
        return not is_personal(name[4:])
    shape = SHAPES.get(name)
    return name in ANONYMOUS and (shape is None or not value or bool(shape.fullmatch(value)))


def anonymous(facts: Mapping[str, str], allowed_answers: Collection[str]) -> dict[str, str]:
    """Return those of a call's facts that may be in an Ask; IVR answers only as allowed."""
    return {
        name: value
        for name, value in facts.items()
        if is_anonymous(name, value)
        and (not name.startswith("ivr.") or name[4:] in allowed_answers)
    }
