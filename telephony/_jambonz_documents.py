"""Our commands as lists of jambonz' verbs, which it takes in answer to its webhooks. Pure.

https://docs.jambonz.org/verbs; a test holds them against jambonz-python-sdk 0.4's own schemas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from math import ceil
from uuid import UUID

import orjson

from market.phone import (
    Answer,
    Command,
    Dial,
    DialAny,
    Gather,
    Hangup,
    Play,
    Reject,
    Say,
    SendDigits,
    Transfer,
)
from telephony._marks import RETRY, Mark, screen_mark, sign, write_mark

RING_S = (1, 600)  # What a phone rings at most, and a call lasts.
TALK_S = (1, 14_400)
WAIT_S = 60  # Then it asks again; a command that comes earlier is fetched at once.
PRESS_S = 8  # Who was rung may take so long to press 1.
BETWEEN_DIGITS_S = 4  # Reading a zip off a letter takes a look between digits.
STATUSES = {"busy": 486, "rejected": 603, "not_found": 404, "unavailable": 480}
Verb = dict[str, object]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Our addresses, and how texts are spoken."""

    hook_url: str
    key: str = field(repr=False)  # jambonz signs bodies alone, so our addresses are signed by us.
    language: str = "en-US"

    def at(
        self, kind: str, call_id: UUID, leg: int, command: UUID | str = "", **more: object
    ) -> str:
        return sign(write_mark(self.hook_url, kind, call_id, leg, command, **more), self.key)


def write_document(command: Command, hooks: Hooks) -> bytes | None:
    """Return the document that does `command`; None where no document does it."""
    verbs = _write(command, hooks)
    return None if verbs is None else document(*verbs)


def write_wait(mark: Mark, turn: str, hooks: Hooks) -> bytes:
    """Return the document of a leg for which there is nothing to do yet, told apart by `turn`."""
    if mark.call_id is None:
        return document(_pause(1), _redirect(hooks.hook_url + RETRY))
    again = hooks.at("wait", mark.call_id, mark.leg, t=turn)
    return document(_pause(WAIT_S), _redirect(again))


def write_reply(mark: Mark, digits: str, hooks: Hooks) -> bytes:
    """Return the document that a webhook of a leg that was rung asks for."""
    match mark:
        case Mark(kind="screen", call_id=UUID() as call_id):
            return _screen(mark, call_id, hooks)
        case Mark(kind="pressed") if digits != "1":
            return document({"verb": "hangup"})
        case Mark(kind="moved"):
            return document({"verb": "hangup"})
    return document()  # After a whisper: its end is the join.


def write_end() -> bytes:
    """Return the document that ends a leg."""
    return document({"verb": "hangup"})


def document(*verbs: Verb) -> bytes:
    """Return a document of these verbs."""
    return orjson.dumps(verbs)


def _screen(mark: Mark, call_id: UUID, hooks: Hooks) -> bytes:
    """Return what who was rung hears before the join, as the Dial wrote it into the address."""
    hears: list[Verb] = [_say(text, hooks, "")] if (text := mark.text("h")) else []
    hears += [{"verb": "play", "url": url}] if (url := mark.text("u")) else []
    if "p" not in mark.more:
        done = hooks.at("whispered", call_id, mark.leg, mark.command)
        return document(*hears, _redirect(done))
    asks: Verb = {
        "verb": "gather",
        "input": ["digits"],
        "numDigits": 1,
        "timeout": PRESS_S,
        "actionHook": hooks.at("pressed", call_id, mark.leg, mark.command),
    }
    for heard in hears:
        asks[str(heard.pop("verb"))] = heard
    return document(asks)


@singledispatch
def _write(command: Command, hooks: Hooks) -> list[Verb] | None:
    return None


@_write.register
def _(command: Answer, hooks: Hooks) -> list[Verb]:
    answered = hooks.at("answered", command.call_id, 0, command.command_id)
    return [{"verb": "answer"}, _redirect(answered)]


@_write.register
def _(command: Reject, hooks: Hooks) -> list[Verb]:
    return [{"verb": "sip:decline", "status": STATUSES[command.cause]}]


@_write.register
def _(command: Hangup, hooks: Hooks) -> list[Verb]:
    return [{"verb": "hangup"}]


@_write.register
def _(command: Say, hooks: Hooks) -> list[Verb]:
    said = hooks.at("said", command.call_id, 0, command.command_id)
    return [_say(command.text, hooks, command.language), _redirect(said)]


@_write.register
def _(command: Play, hooks: Hooks) -> list[Verb]:
    if not command.once:
        return [{"verb": "play", "url": command.url, "loop": "forever"}]
    said = hooks.at("said", command.call_id, 0, command.command_id)
    return [{"verb": "play", "url": command.url}, _redirect(said)]


@_write.register
def _(command: SendDigits, hooks: Hooks) -> list[Verb]:
    sent = hooks.at("sent", command.call_id, 0, command.command_id)
    return [{"verb": "dtmf", "dtmf": command.digits}, _redirect(sent)]


@_write.register
def _(command: Gather, hooks: Hooks) -> list[Verb]:
    least = command.digits if command.least is None else command.least
    action = hooks.at("gathered", command.call_id, 0, command.command_id, n=least)
    asks: Verb = {
        "verb": "gather",
        "input": ["digits"],
        "minDigits": least,
        "maxDigits": command.digits,
        "timeout": ceil(command.timeout_s),
        "interDigitTimeout": min(BETWEEN_DIGITS_S, ceil(command.timeout_s)),
        "actionHook": action,
    }
    if command.digits > 1:
        asks["finishOnKey"] = "#"
    if command.play:
        asks["play"] = {"url": command.play}
    elif command.prompt:
        say = _say(command.prompt, hooks, command.language)
        asks["say"] = {key: value for key, value in say.items() if key != "verb"}
    return [asks]


@_write.register
def _(command: Dial, hooks: Hooks) -> list[Verb]:
    dial = _dial(command, hooks, "dialed", command.own)
    if command.is_screened:
        told = screen_mark(command)
        id_ = command.command_id
        dial["confirmHook"] = hooks.at("screen", command.call_id, command.leg, id_, **told)
        dial["tag"] = {"c": command.call_id.hex, "l": command.leg, "s": 1}
    if command.no_machine:
        dial["amd"] = {"actionHook": hooks.at("machine", command.call_id, command.leg)}
    return [dial]


@_write.register
def _(command: Transfer, hooks: Hooks) -> list[Verb]:
    return [_dial(command, hooks, "moved", 0)]


@_write.register
def _(command: DialAny, hooks: Hooks) -> list[Verb]:
    return [_dial(command, hooks, "rung", 0)]


def _dial(command: Dial | DialAny | Transfer, hooks: Hooks, then: str, own: int) -> Verb:
    id_, leg = command.command_id, command.leg
    rung = command.destinations if isinstance(command, DialAny) else (command.destination,)
    return {
        "verb": "dial",
        "actionHook": hooks.at(then, command.call_id, own, id_, o=leg),
        "callerId": command.caller_id,
        "timeout": within(RING_S, command.ring_s),
        "timeLimit": within(TALK_S, command.longest_s),
        "target": [target(one) for one in rung],
        "tag": {"c": command.call_id.hex, "l": leg},
    }


def target(destination: str) -> Verb:
    """Return who is rung, as jambonz names it."""
    if destination.startswith(("sip:", "sips:")):
        return {"type": "sip", "sipUri": destination}
    return {"type": "phone", "number": destination}


def _say(text: str, hooks: Hooks, language: str) -> Verb:
    spoken: Verb = {"verb": "say", "text": text}
    if language not in ("", hooks.language):  # Else as the account's defaults have it.
        spoken["synthesizer"] = {"vendor": "default", "language": language}
    return spoken


def _redirect(url: str) -> Verb:
    return {"verb": "redirect", "actionHook": url}


def _pause(seconds: int) -> Verb:
    return {"verb": "pause", "length": seconds}


def within(limits: tuple[int, int], seconds: float) -> int:
    """Return whole seconds that the carrier takes."""
    return min(max(ceil(seconds), limits[0]), limits[1])
