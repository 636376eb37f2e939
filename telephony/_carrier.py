"""What the file of a carrier has to offer: `telephony/NAME.py` has it as CARRIER. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol, TypeAlias

from market.http import HttpReply, HttpRequest
from market.phone import CarrierEvent, Command, LegStatus, Placed

Values: TypeAlias = Mapping[str, str | bytes]  # The carrier's settings, by their keys.


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the carrier's settings. `auctiond.toml` has it as NAME_KEY."""

    key: str
    kind: Literal["text", "secret", "url", "public_key"]
    where: str  # For people: what it is, and where the carrier shows it.
    default: str = ""
    needed: bool = True  # Without it, the carrier cannot be used at all.


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

    def write_command(self, command: Command) -> HttpRequest:
        """Return the request that gives `command`. Raises CarrierError if there is none."""
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
