"""How the people on both ends behave: as told, or else by a law drawn from a seed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, get_args

Behaviour = Literal["answers", "busy", "no_answer", "declines", "rings_then_answers", "hangs_up"]
AFTER_S: dict[str, float] = {
    "answers": 0.5,
    "rings_then_answers": 4.0,
    "hangs_up": 1.0,
    "busy": 0.2,
    "declines": 1.5,
    "no_answer": 0.0,
}
TALKS_S = 5.0  # How long a phone that hangs up talks, unless told.
SECONDS_MAX = 14_400.0  # No call is longer.
TEXT_MAX = 256  # As much as a SIP header carries without trouble.
LEAD_MAX = 32  # Fields.


class BadOrder(Exception):
    """What the control API was sent is wrong: the field, and what would be right."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the caller does, or who is called back."""

    zip: str | None = None  # Typed when asked; "bad": no such zip; None: nothing.
    keys: tuple[str, ...] = ()  # Typed at each question in turn; "" is nothing. Then the zip.
    patience_s: float = 120.0  # How long it waits for somebody to talk to.
    hang_up_after_s: float | None = None  # From the start of the call, whatever happens.
    talk_s: float | None = None  # Until it hangs up on whoever it talks to. None: by the law.


@dataclass(frozen=True, slots=True)
class Phone:
    behaviour: Behaviour = "answers"
    answer_after_s: float = 0.5  # Until it answers, is busy, or declines.
    hang_up_after_s: float | None = None  # Of talk. None: it stays until the caller leaves.
    presses: str = "1"  # When asked for a key before the join; "" is nothing.
    machine: bool = False  # An answering machine: it presses nothing.
    script: Script | None = None  # Of a person who is called back: does as a caller does.


@dataclass(frozen=True, slots=True)
class Order:
    """A call to place. It knows who calls: it is never logged."""

    caller: str = field(repr=False)
    dialled: str
    name: str = field(default="", repr=False)
    lead: Mapping[str, str] = field(default_factory=dict, repr=False)
    script: Script = Script()
    attestation: str = "A"
    outgoing: bool = False  # The carrier rings `dialled` for us; `caller` is a number of ours.


def read_phone(told: Mapping[str, Any]) -> Phone:
    """Return the behaviour that PUT /sandbox/phones/NUMBER tells."""
    behaviour: Any = told.get("behaviour")
    if behaviour not in get_args(Behaviour):
        raise BadOrder(f"behaviour: one of {', '.join(get_args(Behaviour))}")
    answer_s = _seconds(told, "answer_after_s", AFTER_S[behaviour])
    talks_s = _seconds(told, "hang_up_after_s", TALKS_S if behaviour == "hangs_up" else None)
    script = told.get("script")
    if script is not None and not isinstance(script, dict):
        raise BadOrder("script: an object")
    does = None if script is None else _read_script(script)
    presses, machine = _text(told, "presses", "1"), told.get("machine", False)
    if not isinstance(machine, bool):
        raise BadOrder("machine: true or false")
    return Phone(behaviour, answer_s or 0.0, talks_s, presses, machine, does)


def read_order(told: Mapping[str, Any]) -> Order:
    """Return the call that POST /sandbox/calls tells."""
    lead, script = told.get("lead") or {}, told.get("script") or {}
    if not isinstance(lead, dict) or len(lead) > LEAD_MAX:
        raise BadOrder(f"lead: an object of at most {LEAD_MAX} texts")
    if not isinstance(script, dict):
        raise BadOrder("script: an object")
    return Order(
        caller=_text(told, "from"),
        dialled=_text(told, "to"),
        name=_text(told, "name", ""),
        lead={str(key): _text(lead, key) for key in lead},
        script=_read_script(script),
        attestation=_text(told, "attestation", "A"),
    )


def phone_by_law(rng: Random) -> Phone:
    """Return how a number nobody spoke of behaves: mostly it answers after a few rings."""
    drawn, after_s = rng.random(), rng.uniform(0.5, 1.0)
    if drawn < 0.86:
        answer_s, presses = after_s + rng.expovariate(1 / 3.0), "" if drawn < 0.03 else "1"
        return Phone("answers", answer_s, presses=presses, machine=0.03 <= drawn < 0.06)
    if drawn < 0.92:
        return Phone("busy", after_s / 4)
    return Phone("no_answer") if drawn < 0.97 else Phone("declines", after_s * 2)


def talk_by_law(rng: Random) -> float:
    """Return how long a caller talks, in seconds: half under a minute and a half, some long."""
    return min(rng.lognormvariate(4.5, 0.9), SECONDS_MAX)


def digits_typed(script: Script, most: int, asked: int = 0) -> str:
    """Return the keys the caller presses when asked for `most` digits, as question `asked`."""
    if asked < len(script.keys):
        return script.keys[asked][:most]
    return "0" * most if script.zip == "bad" else (script.zip or "")[:most]


def key_pressed(phone: Phone) -> str:
    """Return what who was rung presses when asked for a key."""
    return "" if phone.machine else phone.presses[:1]


def _read_script(told: Mapping[str, Any]) -> Script:
    zip_ = told.get("zip")
    if zip_ is not None and not (isinstance(zip_, str) and (zip_ == "bad" or zip_.isdigit())):
        raise BadOrder('script.zip: digits, "bad", or null')
    keys = told.get("keys") or []
    if not isinstance(keys, list) or not all(isinstance(k, str) and len(k) < 20 for k in keys):
        raise BadOrder("script.keys: a list of texts of keys")
    return Script(
        zip=zip_,
        keys=tuple(keys),
        patience_s=_seconds(told, "patience_s", 120.0) or 0.0,
        hang_up_after_s=_seconds(told, "hang_up_after_s", None),
        talk_s=_seconds(told, "talk_s", None),
    )


def _seconds(told: Mapping[str, Any], name: str, default: float | None) -> float | None:
    found = told.get(name)
    if found is None:
        return default
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        raise BadOrder(f"{name}: seconds, 0 or more")
    return min(float(found), SECONDS_MAX)


def _text(told: Mapping[str, Any], name: str, default: str | None = None) -> str:
    found = told.get(name, default)
    if not isinstance(found, str) or len(found) > TEXT_MAX:
        raise BadOrder(f"{name}: a text of at most {TEXT_MAX} characters")
    return found
