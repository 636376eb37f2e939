"""A flow desk with one call, and what it tells the carrier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from uuid import UUID

import trio
import trio.testing

from auctiond.calls.leads import Lead, Leads
from auctiond.calls.phone import Phone
from auctiond.flows.answers import Kept
from auctiond.flows.calling_back import CallingBack
from auctiond.flows.desk import FlowDesk
from auctiond.flows.outcomes import Outcomes
from auctiond.flows.ring_all import RingAll
from auctiond.logs import Log
from compliance.fields import Moment, select
from market.call import Call, CallerAnswered, Cleared, Event
from market.call_state import expects, step
from market.flow_moves import FlowMoved
from market.network import Network
from market.phone import Command, Gathered, LegStatus, Spoken
from routing.flows.reading import read_flow
from routing.snapshot import compile_network
from tests.flows.test_examples import EXAMPLES
from tests.whole.networks import TWO, network_of

ID = UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0001)
AT = 1_767_715_200_000
TONE = "https://calls.example/media/ringback.wav"
MEDICARE = read_flow((EXAMPLES / "medicare.flow.toml").read_text(), "medicare")


def network() -> Network:
    """Return a network with the Medicare flow."""
    small = network_of(TWO, flow="medicare", anonymous_answers=("parts_ab",))
    return replace(small, flows=(MEDICARE,))


@dataclass
class Carrier:
    """Keeps the commands."""

    told: list[Command] = field(default_factory=list)
    plays_documents = False

    def of(self, name: str) -> Carrier:
        return self

    async def send(self, command: Command) -> None:
        self.told.append(command)

    async def status(self, ref: str) -> LegStatus:
        return LegStatus(alive=True)


class Safe:
    """Keeps answers in memory."""

    def __init__(self, leads: Leads) -> None:
        self.leads = leads

    def keep(self, call: Call, answers: Mapping[str, str], anonymous: tuple[str, ...]) -> Kept:
        facts = select(answers, Moment.PING, anonymous)
        rest = {name: value for name, value in answers.items() if name not in facts}
        lead = self.leads.get(call.id)
        lead.personal = {**lead.personal, **rest}
        return Kept(tuple(facts.items()), tuple(rest))


class Stand:
    """A desk with a call, and what it told the carrier."""

    def __init__(self) -> None:
        self.leads = Leads()
        self.leads.put(ID, Lead("session", {0: "leg-0"}))
        self.carrier = Carrier()
        self.notes: list[tuple[str, Mapping[str, object]]] = []
        edition = SimpleNamespace(snapshot=compile_network(1, network()))
        shelter = SimpleNamespace(start=lambda name, fn: None)
        log = SimpleNamespace(note=lambda id_, kind, data: self.notes.append((kind, data)))
        phone = Phone(self.carrier, self.leads, shelter, Log(), lambda: AT, 60.0, "r", TONE)  # type: ignore[arg-type]
        self.desk = FlowDesk(
            SimpleNamespace(edition=lambda version: edition),  # type: ignore[arg-type]
            self.leads,
            phone,
            Safe(self.leads),  # type: ignore[arg-type]
            SimpleNamespace(),  # type: ignore[arg-type]
            Outcomes(log, shelter, CallingBack(self.leads, log, Log())),  # type: ignore[arg-type]
            RingAll(phone, self.leads, shelter, Log(), lambda: AT),  # type: ignore[arg-type]
            lambda: AT,
        )
        self.events: list[Event] = [
            Cleared(AT, campaign="calls", flow="medicare"),
            CallerAnswered(AT),
        ]
        self.call = Call(ID)
        for event in self.events:
            self.call, _ = step(self.call, event)

    def take(self, event: Event | None) -> None:
        """Let the call take an event, as its actor does."""
        assert event is not None
        assert expects(self.call, event)
        self.call, _ = step(self.call, event)
        self.events.append(event)
        if isinstance(event, FlowMoved):
            self.desk.took(self.call, event)

    async def work(self) -> None:
        """Do a node's work that ends by itself."""
        self.take(await self.desk.work(self.call))

    def press(self, digits: str, at_ms: int = AT) -> None:
        """Let the carrier tell what was pressed."""
        self.take(self.desk.hear(self.call, self.news(Gathered, at_ms, digits=digits)))

    def news(self, kind: type, at_ms: int = AT, **more: str):
        """Return news of the caller's leg."""
        return kind("n", "session", "leg-0", 0, ID, at_ms, **more)

    async def commanded(self) -> Command:
        """Return the command that the call's node gives now."""
        self.carrier.told.clear()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.desk.work, self.call)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        return self.carrier.told[-1]


async def at_age() -> Stand:
    """Return a call that is asked for its age."""
    stand = Stand()
    await stand.work()
    stand.press("")  # Who stays agrees to be recorded.
    stand.take(stand.desk.hear(stand.call, stand.news(Spoken)))
    await stand.work()
    return stand
