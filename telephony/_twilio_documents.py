"""Our commands as TwiML, the documents that Twilio takes in answer to its webhooks. Pure.

https://www.twilio.com/docs/voice/twiml. Attributes are those of twilio-python 9.13.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from math import ceil
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

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
from telephony._marks import RETRY, Mark, screen_mark, write_mark

RING_S = (1, 600)  # What the carrier takes.
TALK_S = (1, 14_400)
WAIT_S = 60  # Then it asks again; a command that comes earlier is fetched at once.
PRESS_S = 8  # Who was rung may take so long to press 1.
LEG_EVENTS = "initiated ringing answered completed"
Attributes = dict[str, object]


@dataclass(frozen=True, slots=True)
class Voice:
    hook_url: str
    voice: str = "Polly.Joanna-Neural"
    language: str = "en-US"


def write_document(command: Command, voice: Voice) -> bytes | None:
    """Return the document that does `command`; None where no document does it."""
    written = _write(command, voice)
    return None if written is None else document(written)


def write_wait(call_id: UUID | None, leg: int, turn: str, voice: Voice) -> bytes:
    """Return the document of a leg for which there is nothing to do yet, told apart by `turn`.

    A pause that comes first would let an unanswered call ring on, and out of our reach.
    """
    if call_id is None:
        return document(_tag("Pause", {"length": 1}), _redirect(voice.hook_url + RETRY))
    again = write_mark(voice.hook_url, "wait", call_id, leg, t=turn)
    return document(
        _tag("Play", {"digits": "w"}), _tag("Pause", {"length": WAIT_S}), _redirect(again)
    )


def write_reply(mark: Mark, digits: str, voice: Voice) -> bytes:
    """Return the document that a webhook of a leg that was rung asks for."""
    match mark:
        case Mark(kind="screen", call_id=UUID() as call_id):
            return _screen(mark, call_id, voice)
        case Mark(kind="pressed") if digits != "1":
            return document(_tag("Hangup"))
        case Mark(kind="moved"):
            return document(_tag("Hangup"))
    return document()  # After a whisper: its end is the join.


def write_end() -> bytes:
    """Return the document that ends a leg."""
    return document(_tag("Hangup"))


def document(*verbs: str) -> bytes:
    """Return a document of these verbs."""
    return ("<?xml version='1.0' encoding='UTF-8'?>" + _tag("Response", {}, *verbs)).encode()


def _screen(mark: Mark, call_id: UUID, voice: Voice) -> bytes:
    """Return what who was rung hears before the join, as the Dial wrote it into the address."""
    hears = [_say(text, voice, "")] if (text := mark.text("h")) else []
    hears += [_tag("Play", {}, escape(url))] if (url := mark.text("u")) else []
    if "p" not in mark.more:
        done = write_mark(voice.hook_url, "whispered", call_id, mark.leg, mark.command)
        return document(*hears, _redirect(done))
    action = write_mark(voice.hook_url, "pressed", call_id, mark.leg, mark.command)
    asks = {"input": "dtmf", "numDigits": 1, "finishOnKey": "", "timeout": PRESS_S}
    return document(
        _tag("Gather", asks | {"action": action, "actionOnEmptyResult": "true"}, *hears)
    )


@singledispatch
def _write(command: Command, voice: Voice) -> str | None:
    return None


@_write.register
def _(command: Answer, voice: Voice) -> str:
    """Half a second of keys that are none: what makes Twilio pick up, and no more."""
    answered = write_mark(voice.hook_url, "answered", command.call_id, 0, command.command_id)
    return _tag("Play", {"digits": "w"}) + _redirect(answered)


@_write.register
def _(command: Reject, voice: Voice) -> str:
    return _tag("Reject", {"reason": "busy" if command.cause == "busy" else "rejected"})


@_write.register
def _(command: Hangup, voice: Voice) -> str:
    return _tag("Hangup")


@_write.register
def _(command: Say, voice: Voice) -> str:
    said = write_mark(voice.hook_url, "said", command.call_id, 0, command.command_id)
    return _say(command.text, voice, command.language) + _redirect(said)


@_write.register
def _(command: Play, voice: Voice) -> str:
    if not command.once:
        return _tag("Play", {"loop": 0}, escape(command.url))
    said = write_mark(voice.hook_url, "said", command.call_id, 0, command.command_id)
    return _tag("Play", {}, escape(command.url)) + _redirect(said)


@_write.register
def _(command: SendDigits, voice: Voice) -> str:
    sent = write_mark(voice.hook_url, "sent", command.call_id, 0, command.command_id)
    return _tag("Play", {"digits": command.digits}) + _redirect(sent)


@_write.register
def _(command: Gather, voice: Voice) -> str:
    least = command.digits if command.least is None else command.least
    id_ = command.command_id
    action = write_mark(voice.hook_url, "gathered", command.call_id, 0, id_, n=least)
    asks = {
        "input": "dtmf",
        "numDigits": command.digits,
        "finishOnKey": "#" if command.digits > 1 else "",
        "timeout": ceil(command.timeout_s),
        "action": action,
        "actionOnEmptyResult": "true",
    }
    asked = _say(command.prompt, voice, command.language)
    if command.play:
        asked = _tag("Play", {}, escape(command.play))
    return _tag("Gather", asks, asked)


@_write.register
def _(command: Dial, voice: Voice) -> str:
    leg: Attributes = {}
    if command.is_screened:
        told = screen_mark(command)
        id_ = command.command_id
        leg["url"] = write_mark(voice.hook_url, "screen", command.call_id, command.leg, id_, **told)
    if command.no_machine:
        heard = write_mark(voice.hook_url, "machine", command.call_id, command.leg)
        leg |= {"machineDetection": "Enable", "amdStatusCallback": heard}
    kind = "screened" if command.is_screened else "leg"
    return _dial(command, voice, leg, "dialed", kind, command.own)


@_write.register
def _(command: Transfer, voice: Voice) -> str:
    return _dial(command, voice, {}, "moved", "leg", 0)


@_write.register
def _(command: DialAny, voice: Voice) -> str:
    return _dial(command, voice, {}, "rung", "leg", 0)


def _dial(
    command: Dial | DialAny | Transfer,
    voice: Voice,
    leg: Attributes,
    then: str,
    kind: str,
    own: int,
) -> str:
    id_ = command.command_id
    action = write_mark(voice.hook_url, then, command.call_id, own, id_, o=command.leg)
    status = write_mark(voice.hook_url, kind, command.call_id, command.leg)
    dial = {
        "action": action,
        "callerId": command.caller_id,
        "timeout": within(RING_S, command.ring_s),
        "timeLimit": within(TALK_S, command.longest_s),
    }
    leg = {"statusCallback": status, "statusCallbackEvent": LEG_EVENTS} | leg
    rung = command.destinations if isinstance(command, DialAny) else (command.destination,)
    return _tag("Dial", dial, *(_noun(one, leg) for one in rung))


def _noun(destination: str, leg: Attributes) -> str:
    noun = "Sip" if destination.startswith(("sip:", "sips:")) else "Number"
    return _tag(noun, leg, escape(destination))


def _say(text: str, voice: Voice, language: str) -> str:
    spoken: Attributes = {"voice": voice.voice} if language in ("", voice.language) else {}
    return _tag("Say", spoken | {"language": language or voice.language}, escape(text))


def _redirect(url: str) -> str:
    return _tag("Redirect", {"method": "POST"}, escape(url))


def _tag(name: str, attributes: Attributes | None = None, *inner: str) -> str:
    written = "".join(
        f" {key}={quoteattr(str(value))}" for key, value in (attributes or {}).items()
    )
    return f"<{name}{written}>{''.join(inner)}</{name}>" if inner else f"<{name}{written}/>"


def within(limits: tuple[int, int], seconds: float) -> int:
    """Return whole seconds that the carrier takes."""
    return min(max(ceil(seconds), limits[0]), limits[1])
