"""A call flow: what a caller hears and is asked, as a graph of nodes. Pure: nouns only.

A node says something, asks something, decides something, or hands the caller on. Its edges name
the nodes that may follow. routing/flows reads, checks, draws and plays them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from market.condition import Condition
from market.schedule import Hours

Texts = Mapping[str, str]  # By language ("es-US"); "" goes for every language that has none.
Check = Literal["any", "zip", "phone", "number"]
Order = Literal["in_order", "weighted", "simultaneous"]
Recording = Literal["start", "stop", "pause", "resume"]

TRIES = 3  # Of a question: the field asks three times.
TIMEOUT_S = 8.0  # For the first digit.
RING_S = 30.0  # Nobody bids for these calls, so nobody says how long they ring.


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the caller hears: words that are read out, or a recording."""

    say: Texts = field(default_factory=dict)
    play: Texts = field(default_factory=dict)  # Addresses. One that is there beats the words.


SILENT = Prompt()


@dataclass(frozen=True, slots=True)
class Say:
    id: str
    prompt: Prompt
    next: str


@dataclass(frozen=True, slots=True)
class Menu:
    """One key. `answers` are what a key stands for on record, where not for itself."""

    id: str
    prompt: Prompt
    choices: Mapping[str, str]
    otherwise: str  # When all tries are used up.
    again: Prompt = SILENT  # Before another try; silent: the prompt once more.
    keep_as: str = ""  # Under which name the answer is kept; "": it only leads on.
    answers: Mapping[str, str] = field(default_factory=dict)
    none: str = ""  # When nothing was pressed to the last; "": as `otherwise`.
    tries: int = TRIES
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True)
class YesNo:
    """A menu of two: 1 is yes, 2 is no."""

    id: str
    prompt: Prompt
    yes: str
    no: str
    otherwise: str
    again: Prompt = SILENT
    keep_as: str = ""
    none: str = ""
    tries: int = TRIES
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Gather:
    """Digits. A checked value is kept under `keep_as`; a zip also tells the state."""

    id: str
    prompt: Prompt
    keep_as: str
    next: str
    otherwise: str
    again: Prompt = SILENT
    digits: int = 5  # The most that are taken.
    digits_least: int | None = None  # None: as many as the most.
    check: Check = "any"
    least: int | None = None  # Of a number.
    most: int | None = None
    none: str = ""
    tries: int = TRIES
    timeout_s: float = TIMEOUT_S
    sensitive: bool = False  # What is recorded is paused while it is asked.


@dataclass(frozen=True, slots=True)
class OpenHours:
    id: str
    hours: Hours
    open: str
    closed: str


@dataclass(frozen=True, slots=True)
class Decide:
    """A condition over what is known; unknown is "no"."""

    id: str
    condition: Condition
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Tag:
    id: str
    set: Mapping[str, str]  # Names of answers, as if the caller had given them.
    next: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Ask a server of the operator's. Nothing personal is sent; short texts are taken."""

    id: str
    url: str
    next: str
    failed: str
    deadline_ms: int = 1500
    send: tuple[str, ...] = ()  # Facts; of answers only those that are marked anonymous.
    take: Mapping[str, str] = field(default_factory=dict)  # Answer -> where it is in the JSON.
    key: str = ""  # A reference to a secret, sent as a bearer token.


@dataclass(frozen=True, slots=True)
class Auction:
    """Sell the call. Who is sold does not come back."""

    id: str
    unsold: str
    needs: tuple[str, ...] = ()  # Facts that every way here has gathered.
    music_url: str = ""  # While buyers bid and ring; "": the campaign's.
    ringback: bool = False  # The caller hears ringing instead.


@dataclass(frozen=True, slots=True)
class Dial:
    """A number of the operator's own; not billed. Who has talked does not come back."""

    id: str
    to: str
    unanswered: str
    ring_s: float = RING_S


@dataclass(frozen=True, slots=True)
class RingGroup:
    id: str
    to: tuple[str, ...]
    unanswered: str
    order: Order = "in_order"
    weights: tuple[int, ...] = ()  # For "weighted": one for each.
    ring_s: float = RING_S  # Each; all together, when simultaneous.


@dataclass(frozen=True, slots=True)
class ConsentAsk:
    """Tell that the call is recorded, or ask. No recording is started before one of these."""

    id: str
    prompt: Prompt
    next: str
    version: str = "1"  # Of the words: it is on record which of them a caller heard.
    accept: str = ""  # A key that must be pressed to agree; "": who stays agrees.
    decline: str = ""  # A key to refuse.
    declined: str = ""  # "": on to `next`, without a recording.
    timeout_s: float = 3.0
    ask: Literal["always", "by_law"] = "always"  # By law: passed in silence where none needs it.


@dataclass(frozen=True, slots=True)
class Record:
    id: str
    action: Recording
    next: str


@dataclass(frozen=True, slots=True)
class Voicemail:
    id: str
    prompt: Prompt
    next: str
    longest_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Queue:
    """Let the caller wait for a buyer: `next`, mostly an auction, is tried again and again."""

    id: str
    next: str
    over: str  # When the wait was in vain.
    full: str
    size: int = 10  # Callers in it at once.
    wait_s: float = 300.0  # All in all.
    again_s: float = 30.0
    music_url: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    id: str
    language: str
    next: str


@dataclass(frozen=True, slots=True)
class CallbackOffer:
    """Offer to call back later; who presses the key wants that."""

    id: str
    prompt: Prompt
    accepted: str
    declined: str
    key: str = "1"
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Goto:
    """Go to another node: with `most`, so often in a call, and after that `otherwise`."""

    id: str
    to: str
    most: int | None = None
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Hangup:
    id: str
    prompt: Prompt = SILENT


Question = Menu | YesNo | Gather
Node = (
    Say
    | Menu
    | YesNo
    | Gather
    | OpenHours
    | Decide
    | Tag
    | Webhook
    | Auction
    | Dial
    | RingGroup
    | ConsentAsk
    | Record
    | Voicemail
    | Queue
    | Language
    | CallbackOffer
    | Goto
    | Hangup
)


@dataclass(frozen=True, slots=True)
class Case:
    """A scripted call: what happens whenever the flow waits, and what must come of it."""

    name: str
    path: tuple[str, ...]  # The nodes that are visited, in order.
    ends: str  # One of ENDS.
    happens: tuple[str, ...] = ()  # Keys, "sold", ...; of a webhook "tells tier=gold".
    facts: Mapping[str, str] = field(default_factory=dict)  # Known from the start.
    collects: Mapping[str, str] = field(default_factory=dict)
    at: str = "2026-01-06T16:00:00Z"  # A Tuesday, eleven in New York.


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    begin: str
    nodes: tuple[Node, ...]
    name: str = ""
    language: str = "en-US"
    cases: tuple[Case, ...] = ()

    def node(self, id_: str) -> Node:
        """Return a node by its id. Raises KeyError."""
        for node in self.nodes:
            if node.id == id_:
                return node
        raise KeyError(id_)
