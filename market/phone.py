"""What we ask of a carrier, and what it tells us, in one language for all carriers.

A carrier's file in telephony/ translates; only it knows the carrier's words. `leg` is 0
for the caller's leg and n for the n-th buyer the call is offered to. `ref` is the
carrier's own handle of a leg; commands go to a handle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from market.value import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    call_id: UUID
    ref: str  # The carrier's handle of the leg that is commanded.
    command_id: UUID  # The same id twice is one effect.


@dataclass(frozen=True, slots=True)
class Answer(Command): ...


@dataclass(frozen=True, slots=True)
class Reject(Command):
    cause: Literal["busy", "rejected", "not_found", "unavailable"] = "rejected"


@dataclass(frozen=True, slots=True)
class Say(Command):
    text: str = ""
    language: str = ""  # "": the carrier's default.


@dataclass(frozen=True, slots=True)
class Gather(Command):
    prompt: str = ""
    digits: int = 5
    timeout_s: float = 8.0
    least: int | None = None  # None: as many as `digits`.
    play: str = ""  # The address of a recording, in place of words.
    language: str = ""


@dataclass(frozen=True, slots=True)
class Play(Command):
    url: str = ""
    once: bool = False  # Its end is told; else it goes on for ever.


@dataclass(frozen=True, slots=True)
class StopPlay(Command): ...


@dataclass(frozen=True, slots=True)
class SendDigits(Command):
    """Press keys on the leg: 0-9, *, #, A-D; w waits half a second, W a whole one."""

    digits: str = ""


@dataclass(frozen=True, slots=True)
class StartRecording(Command):
    """Record both sides from now on. The file is told by RecordingSaved, after the end."""

    channels: Literal["single", "dual"] = "dual"  # dual: each side on a channel of its own.
    beep: bool = False  # Heard first: a message is taken.
    longest_s: float | None = None  # The carrier ends it then; None: when the leg ends.


@dataclass(frozen=True, slots=True)
class PauseRecording(Command):
    """Leave out what is said until ResumeRecording: a card number, say."""


@dataclass(frozen=True, slots=True)
class ResumeRecording(Command): ...


@dataclass(frozen=True, slots=True)
class StopRecording(Command): ...


@dataclass(frozen=True, slots=True)
class Dial(Command):
    """Ring `destination` and join it with the leg that is commanded when it answers.

    Where who answers hears a whisper or must press a key, or a machine is not wanted, Answered
    comes only when all that went well; else the leg ends with the cause "declined" or "machine".
    """

    leg: int = 1  # Of who is rung: 0 is the person of a callback, rung for a buyer who waits.
    destination: str = ""
    caller_id: str = ""  # What the buyer sees: our tracking number, never the caller's.
    ring_s: float = 20.0
    longest_s: float = 7200.0
    own: int = 0  # The leg that is commanded.
    whisper: str = ""  # Said to who answers, before they are joined.
    whisper_url: str = ""  # A recording in its place.
    press_one: bool = False  # Who answers takes the call by pressing 1.
    no_machine: bool = False  # A machine that answers is hung up on.

    @property
    def is_screened(self) -> bool:
        """Whether more than an answer is needed before they are joined."""
        return bool(self.whisper or self.whisper_url or self.press_one)


@dataclass(frozen=True, slots=True)
class Bridge(Command):
    """Join the leg that is commanded with another that is on the line."""

    other: str = ""  # The carrier's handle of the other leg.


@dataclass(frozen=True, slots=True)
class Transfer(Command):
    """Move the phone call to `destination` for good: when they part, it is over."""

    leg: int = 1  # Of who is rung.
    destination: str = ""
    caller_id: str = ""
    ring_s: float = 30.0
    longest_s: float = 7200.0


@dataclass(frozen=True, slots=True)
class CallOut(Command):
    """Ring somebody while nobody is on the line yet: how a callback begins. `ref` is ""."""

    leg: int = 0
    destination: str = ""
    caller_id: str = ""  # A number of ours.
    ring_s: float = 25.0
    longest_s: float = 7200.0


@dataclass(frozen=True, slots=True)
class Placed:
    """What the carrier calls a phone call that it began for us."""

    call_ref: str
    ref: str


@dataclass(frozen=True, slots=True)
class DialAny(Command):
    """Ring several at once; who answers first is joined with the leg, and the others are let go.

    For carriers of documents, whose one document does it all. Of the others each phone is RingToo.
    """

    leg: int = 1
    destinations: tuple[str, ...] = ()
    caller_id: str = ""
    ring_s: float = 20.0
    longest_s: float = 7200.0


@dataclass(frozen=True, slots=True)
class RingToo(Command):
    """Ring one of several at once; who answers first is joined with the leg that is commanded."""

    leg: int = 1
    destination: str = ""
    caller_id: str = ""
    ring_s: float = 20.0
    longest_s: float = 7200.0


@dataclass(frozen=True, slots=True)
class Hangup(Command):
    leg: int | None = None  # Whose leg. Told, the news of its end says that we ended it.


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """News of a call. `event_id` is the carrier's: a repeated one is the same news."""

    event_id: str
    call_ref: str  # The carrier's handle of the whole phone call (session).
    ref: str  # The carrier's handle of the leg.
    leg: int  # 0: the caller's. From our own client state, so it is right even when late.
    call_id: UUID | None  # From our client state; None before our first command.
    at_ms: int  # When it happened, by the carrier's clock, in Unix milliseconds.
    carrier: str = ""  # Whose news it is: the name of its file in telephony/.


@dataclass(frozen=True, slots=True)
class Arrived(CarrierEvent):
    """A call comes in. Here, and nowhere else, the caller's number and data enter."""

    caller: str = ""  # E.164, or "" when withheld.
    dialled: str = ""
    attestation: str = ""  # STIR/SHAKEN: "A", "B", "C" or "".
    lead: Mapping[str, str] | None = None  # Personal fields a publisher sent along.
    bid: str = ""  # The bid of ours that the publisher says it comes for.


@dataclass(frozen=True, slots=True)
class Answered(CarrierEvent): ...


@dataclass(frozen=True, slots=True)
class Ringing(CarrierEvent): ...


@dataclass(frozen=True, slots=True)
class Joined(CarrierEvent):
    """Caller and buyer are connected. Comes once for each leg: either counts."""


@dataclass(frozen=True, slots=True)
class Spoken(CarrierEvent): ...


@dataclass(frozen=True, slots=True)
class Gathered(CarrierEvent):
    digits: str = ""  # "" when nothing (valid) was entered.


@dataclass(frozen=True, slots=True)
class Ended(CarrierEvent):
    cause: str = "completed"  # completed, busy, no_answer, declined, bad_number, cancelled, ...
    caller_left: bool = False  # The leg ended because the caller hung up.
    lasted_ms: int | None = None  # Since its answer, where a carrier tells that but not when.


@dataclass(frozen=True, slots=True)
class Screening(CarrierEvent):
    """Who was rung has answered, and hears what is whispered or asked; nobody is joined yet."""


@dataclass(frozen=True, slots=True)
class Pressed(CarrierEvent):
    """What who was rung pressed when asked whether they take the call."""

    accepted: bool = False


@dataclass(frozen=True, slots=True)
class MachineHeard(CarrierEvent):
    """A machine has answered, or a fax: not a person."""


@dataclass(frozen=True, slots=True)
class RecordingSaved(CarrierEvent):
    """A recording can be fetched. It may come before the leg's end, and long after it."""

    recording: str = ""  # The carrier's handle of it.
    url: str = ""  # Whoever has it may listen, at some carriers: it is never logged.
    duration_ms: int = 0
    channels: Literal["single", "dual"] = "single"
    began_ms: int = 0  # By the carrier's clock; 0: it does not say.
    command: UUID | None = None  # Ours that began it; None: the carrier does not say.


@dataclass(frozen=True, slots=True)
class RecordingFailed(CarrierEvent):
    """There will be no file of a recording that was asked for."""

    command: UUID | None = None  # Ours that asked; None: the carrier does not say.


@dataclass(frozen=True, slots=True)
class Other(CarrierEvent):
    """News that moves nothing here: its webhook is answered, and not kept."""

    name: str = ""


class LegGone(Exception):
    """The leg had ended before the command came: the usual outcome of a race."""


class CarrierError(Exception):
    """The carrier did not do it: `reason` is "unreachable", "refused" or "http:STATUS"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class LegStatus:
    """What the carrier says of a leg when it is asked."""

    alive: bool
    ended_ms: int | None = None  # When it ended, if the carrier still knows.
