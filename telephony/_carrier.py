"""What the file of a carrier has to offer: `telephony/NAME.py` has it as CARRIER. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

from market.http import HttpReply, HttpRequest
from market.phone import CarrierEvent, Command, LegStatus, Placed
from telephony._audit import Probe

Values: TypeAlias = Mapping[str, str | bytes]  # The carrier's settings, by their keys.


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the carrier's settings. `auctiond.toml` has it as NAME_KEY."""

    key: str
    kind: Literal["text", "secret", "url", "public_key"]
    where: str  # For people: what it is, and where the carrier shows it.
    default: str = ""
    needed: bool = True  # Without it, the carrier cannot be used at all.
    shape: str = ""  # A pattern of what it looks like, where that is known.


@dataclass(frozen=True, slots=True)
class Webhook:
    """What a carrier sent to our hook."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # Names in lower case.
    query: str = field(default="", repr=False)  # As it stood in the URL, without the "?".
    received_ms: int = 0  # By our clock: some carriers do not say when a thing happened.

    def kept(self) -> bytes:
        """Return all that `read_webhook` needs of it, but for the time: the inbox keeps that."""
        if not self.query and not self.body.startswith(b"?"):
            return self.body
        return b"?" + self.query.encode() + b"\n" + self.body


def webhook_of(kept: bytes, received_ms: int) -> Webhook:
    """Return the webhook of which that was kept."""
    if not kept.startswith(b"?"):
        return Webhook(kept, received_ms=received_ms)
    query, _, body = kept[1:].partition(b"\n")
    return Webhook(body, query=query.decode("ascii", "replace"), received_ms=received_ms)


class Carrier(Protocol):
    """A carrier that is set up: its words are known here, and nowhere else."""

    NAME: ClassVar[str]  # As the file; in the settings, in the hook's path, on the call's row.
    TITLE: ClassVar[str]  # As people write it.
    SETTINGS: ClassVar[tuple[Setting, ...]]
    TRIES_S: ClassVar[tuple[float, ...]]  # How long each try of a request may take.
    CALLS_OUT: ClassVar[bool]  # Whether it rings people while nobody is on the line: callbacks.
    KNOWS_IDS: ClassVar[bool]  # Whether a command that comes twice with one id is done once.
    HAS_FILES: ClassVar[bool]  # Of what it records; else they lie where it sent them, if anywhere.
    BEGINS: ClassVar[re.Pattern[bytes] | None]  # Finds the handle in a body that begins a call.

    def __init__(self, values: Values, hook_url: str) -> None: ...

    def is_genuine(self, webhook: Webhook) -> bool:
        """Tell whether the carrier sent it. Ask before anything is read from it."""
        ...

    @staticmethod
    def read_webhook(webhook: Webhook) -> Sequence[CarrierEvent]:
        """Return what it tells: at least one event. Raises MalformedWebhook, whatever the bytes.

        It needs no settings: what lies in the inbox is read even when the carrier is given up.
        """
        ...

    def write_command(self, command: Command) -> HttpRequest | None:
        """Return the request that gives `command`; None where there is nothing to ask for.

        Raises CarrierError where the carrier cannot do it.
        """
        ...

    def probes(self) -> Sequence[Probe]:
        """Return what to ask the carrier about the account, and what its answers mean."""
        ...

    def write_status_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether a leg is alive."""
        ...

    @staticmethod
    def check_reply(reply: HttpReply) -> None:
        """Return if the command was taken. Raises LegGone, or CarrierError with the reason."""
        ...

    @staticmethod
    def read_placed(reply: HttpReply) -> Placed | None:
        """Return what the carrier calls the phone call that a CallOut began, if it says so."""
        ...

    @staticmethod
    def read_status(reply: HttpReply) -> LegStatus:
        """Return what the carrier says of a leg. Raises CarrierError."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What a webhook of a carrier of documents asks for: the next command of a leg."""

    ref: str
    command: str = ""  # The id of the command whose document it comes for, in hex; "": the next.
    after: str = ""  # The id of the command whose document is over, if it says so.


@runtime_checkable
class DocumentCarrier(Carrier, Protocol):
    """A carrier that takes commands as documents, in answer to its webhooks."""

    CONTENT_TYPE: ClassVar[str]

    def read_ask(self, webhook: Webhook) -> Ask | None:
        """Return whose next command the webhook asks for; None: it asks for none."""
        ...

    def write_reply(self, webhook: Webhook) -> bytes:
        """Return the answer to a webhook that asks for no command."""
        ...

    @staticmethod
    def write_end() -> bytes:
        """Return the document that ends a leg."""
        ...

    def write_document(self, command: Command) -> bytes | None:
        """Return the document that does `command`; None where a request does."""
        ...

    def write_wait(self, webhook: Webhook, turn: str) -> bytes:
        """Return the answer while there is nothing to do; `turn` tells it from the others."""
        ...

    def write_poke(self, command: Command) -> HttpRequest:
        """Return the request that has the carrier come for the document of `command`."""
        ...

    def write_rung_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether `ref` dials somebody, or talks."""
        ...

    @staticmethod
    def read_rung(reply: HttpReply, ref: str) -> bool:
        """Tell whether it does. Raises CarrierError."""
        ...
