"""What a caller's keys mean to a question: where they lead, and what is kept of them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from market.call_flow import Gather, Menu, Prompt, Question, YesNo
from routing.geo import is_zip, state_of_zip

YES, NO = "1", "2"
PHONE = re.compile(r"[2-9]\d{2}[2-9]\d{6}", re.ASCII)
FINISH = "#"

Answer = tuple[str, str]  # Under which fact ("ivr.insured", "zip") it is kept, and the value.


@dataclass(frozen=True, slots=True)
class Asked:
    """What all questions have in common, for a carrier."""

    prompt: Prompt
    again: Prompt
    digits: int
    digits_least: int
    timeout_s: float
    none: str


@dataclass(frozen=True, slots=True)
class Found:
    """Keys that are an answer."""

    edge: str
    answers: tuple[Answer, ...] = ()


def asked_of(node: Question) -> Asked:
    """Return what to ask a carrier for."""
    if isinstance(node, Gather):
        least = node.digits if node.digits_least is None else node.digits_least
        return Asked(node.prompt, node.again, node.digits, least, node.timeout_s, node.none)
    return Asked(node.prompt, node.again, 1, 1, node.timeout_s, node.none)


def value_of(node: Question, digits: str) -> Found | None:
    """Return what `digits` are to the question; None: no answer to it."""
    match node:
        case Menu():
            if digits not in node.choices:
                return None
            value = node.answers.get(digits, digits)
            return Found(
                f"choices.{digits}", ((f"ivr.{node.keep_as}", value),) if node.keep_as else ()
            )
        case YesNo():
            edge = {YES: "yes", NO: "no"}.get(digits)
            if edge is None:
                return None
            return Found(edge, ((f"ivr.{node.keep_as}", edge),) if node.keep_as else ())
        case Gather():
            return _gathered(node, digits.removesuffix(FINISH))


def _gathered(node: Gather, digits: str) -> Found | None:
    if not digits.isdecimal() or not digits.isascii():
        return None
    asked = asked_of(node)
    if not asked.digits_least <= len(digits) <= asked.digits:
        return None
    match node.check:
        case "zip":
            if not is_zip(digits):
                return None
            return Found("next", (("zip", digits), ("state", state_of_zip(digits))))
        case "phone":
            if not PHONE.fullmatch(digits):
                return None
            return Found("next", ((f"ivr.{node.keep_as}", f"+1{digits}"),))
        case "number":
            value = int(digits)
            if value < (node.least or 0) or (node.most is not None and value > node.most):
                return None
            return Found("next", ((f"ivr.{node.keep_as}", str(value)),))
    return Found("next", ((f"ivr.{node.keep_as}", digits),))
