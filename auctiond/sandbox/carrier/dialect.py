"""What the sandbox needs to know of a protocol whose commands are documents. Pure.

A dialect writes webhooks, and reads the documents that answer them into steps; `player.py` does the
steps. Nothing of the server's own files is used: two that err alike would agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.phone_call import PhoneCall
from auctiond.sandbox.carrier.tape import Tape

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One verb of a document, in the words of the sandbox."""

    kind: str  # answer, say, play, gather, dial, pause, keys, redirect, hangup, reject
    seconds: float = 0.0
    text: str = ""
    url: str = ""  # Where to go on: a redirect, or when the step is over.
    fields: Told = field(default_factory=dict)  # Of the command of phone_call.py or verbs.py.
    rung: tuple[Told, ...] = ()  # Of a dial: the fields of each who is rung, all at once.


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook, ready to be sent."""

    body: bytes
    headers: Mapping[str, str]


class BadDocument(Exception):
    """The server's answer is no document of this dialect; the text says why."""


class Dialect(Protocol):
    RETRIES: int  # Of a webhook that finds no connection, unless its address says otherwise.
    PAUSE_S: float  # Before the first of them; twice as long before each that follows.

    def new_ref(self) -> str:
        """Return a new handle of a leg."""
        ...

    def about(self, call: PhoneCall, leg: Leg) -> dict[str, Any]:
        """Return what every webhook says of a leg."""
        ...

    def first(self, call: PhoneCall) -> dict[str, Any]:
        """Return what the first webhook of an incoming call says besides."""
        ...

    def digits(self, digits: str) -> dict[str, Any]:
        """Return what is said when a question is over."""
        ...

    def dialled(self, leg: Leg) -> dict[str, Any]:
        """Return what is said when a dial is over."""
        ...

    def saved(self, tape: Tape) -> dict[str, Any]:
        """Return what is said when a recording can be fetched."""
        ...

    def machine(self, result: str) -> dict[str, Any]:
        """Return what is said when a machine was told apart from a person, or not."""
        ...

    def status(self, leg: Leg, status: str, at_ms: int) -> dict[str, Any]:
        """Return what is said of a leg's status: ringing, answered or ended."""
        ...

    def failed(self, url: str) -> dict[str, Any]:
        """Return what the fallback address is told of the one that failed."""
        ...

    def write(self, url: str, told: Told) -> Request:
        """Return a signed webhook."""
        ...

    def read(self, body: bytes) -> list[Step]:
        """Return the steps of a document. Raises BadDocument."""
        ...

    def status_url(self, hook_url: str) -> str:
        """Return where the end of an incoming call is told."""
        ...
