"""The carriers that are set up on this server, each with its line. Several may be at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from auctiond.carrier_files import carrier_files
from auctiond.config import Settings
from auctiond.keys.secret import Secret
from auctiond.net.carrier_link import CarrierLink, open_lines
from auctiond.net.document_link import DocumentLink
from market.phone import CarrierError, CarrierEvent, Command, LegStatus, Placed
from telephony._carrier import Carrier, DocumentCarrier, Webhook


class Line(Protocol):
    """Gives one carrier commands, and asks it how a leg is."""

    @property
    def plays_documents(self) -> bool:
        """Whether a leg goes on by itself to what its command says comes next."""
        ...

    async def send(self, command: Command) -> Placed | None: ...
    async def status(self, ref: str) -> LegStatus: ...
    async def answer(self, webhook: Webhook, news: Sequence[CarrierEvent]) -> bytes:
        """Return what a webhook is answered with; its news has been told."""
        ...


class Lines(Protocol):
    def of(self, carrier: str) -> Line:
        """Return the line to a carrier, by its name. One that is not set up does nothing."""
        ...


class NoLine:
    """The line to a carrier that is not set up, or not any more."""

    plays_documents = False

    async def send(self, command: Command) -> Placed | None:
        raise CarrierError("not_set_up")

    async def status(self, ref: str) -> LegStatus:
        raise CarrierError("not_set_up")

    async def answer(self, webhook: Webhook, news: Sequence[CarrierEvent]) -> bytes:
        return b""


NO_LINE = NoLine()


@dataclass(frozen=True, slots=True)
class Carriers:
    """All carriers that are set up, by name."""

    files: Mapping[str, Carrier] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)
    documents: Mapping[str, DocumentCarrier] = field(default_factory=dict)  # Those of `files`.

    def of(self, carrier: str) -> Line:
        """Return the line to a carrier, by its name."""
        return self.lines.get(carrier, NO_LINE)


@asynccontextmanager
async def open_carriers(settings: Settings, hint: str = "") -> AsyncIterator[Carriers]:
    """Open the lines to all carriers that are set up.

    `hint` ends the URL of their webhooks: it says which worker they are for.
    """
    files = set_up(settings, hint)
    async with open_lines() as wire:
        documents = {name: one for name, one in files.items() if isinstance(one, DocumentCarrier)}
        lines: dict[str, Line] = {name: CarrierLink(wire, one) for name, one in files.items()}
        lines |= {name: DocumentLink(wire, one) for name, one in documents.items()}
        yield Carriers(files, lines, documents)


def set_up(settings: Settings, hint: str = "") -> dict[str, Carrier]:
    """Return the carriers whose settings are all there."""
    return {
        name: carrier(values_of(settings, name), settings.hook_url(name) + hint)
        for name, carrier in carrier_files().items()
        if not missing(settings, name)
    }


def values_of(settings: Settings, name: str) -> dict[str, str | bytes]:
    """Return the settings of a carrier, as its file takes them."""
    keys = (setting.key for setting in carrier_files()[name].SETTINGS)
    return {key: _plain(settings.carriers[f"{name}_{key}"]) for key in keys}


def missing(settings: Settings, name: str) -> list[str]:
    """Return the keys of the settings that a carrier needs and has not."""
    keys = [f"{name}_{one.key}" for one in carrier_files()[name].SETTINGS if one.needed]
    return [key for key in keys if not settings.carriers[key]]


def begun(settings: Settings) -> list[str]:
    """Return the names of the carriers that have any setting of their own."""
    return [
        name
        for name, carrier in carrier_files().items()
        if any(
            settings.carriers[f"{name}_{one.key}"] for one in carrier.SETTINGS if not one.default
        )
    ]


def outbound(settings: Settings) -> str:
    """Return by whose lines we call people; "" where several could be meant, or none is set up."""
    if settings.callback_carrier:
        return settings.callback_carrier
    names = [name for name, carrier in set_up(settings).items() if carrier.CALLS_OUT]
    return names[0] if len(names) == 1 else ""


def _plain(value: str | bytes | Secret) -> str | bytes:
    return value.reveal() if isinstance(value, Secret) else value
