"""Play a call through a flow without a phone: the flow's cases are such calls. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from market import call_flow as f
from routing.flows.compiled import CompiledFlow
from routing.flows.playing import At, Done, Failed, Goes, Keys, Known, News, Step, Told, begin, step

NEWS_MOST = 300  # Of one call. No caller hears more.
SOLD, TALKED, HUNG_UP, LOST = "sold", "talked", "hung_up", "lost"
TELLS = "tells "


@dataclass(slots=True)
class Simulation:
    """A call at a moment. `tell` moves it on; `ends` says how it ended, once it has."""

    flow: CompiledFlow
    facts: dict[str, str]
    at_ms: int
    at: At
    goes: Goes = "on"
    path: list[str] = None  # type: ignore[assignment]
    taken: tuple[str, ...] = ()
    ends: str = ""

    @classmethod
    def start(cls, flow: CompiledFlow, facts: dict[str, str], at_ms: int) -> Simulation:
        """Begin a call with what is known of it from the start."""
        call = cls(flow, dict(facts), at_ms, At(), path=[])
        call._take(begin(flow, Known(facts, at_ms)))
        return call

    @property
    def node(self) -> f.Node:
        """The node that the call is at."""
        return self.flow.nodes[self.at.node]

    def waits_for(self) -> str:
        """Return what must happen before it goes on; "" is nothing: it goes on by itself."""
        match self.node:
            case f.Auction():
                return "sold or unsold"
            case f.Dial() | f.RingGroup():
                return "answered or unanswered"
            case f.Menu() | f.YesNo() | f.Gather() | f.CallbackOffer():
                return "keys or silence"
            case f.ConsentAsk(accept=accept, decline=decline) if accept or decline:
                return "keys or silence"
            case f.Webhook():
                return "tells NAME=VALUE or failed"
            case f.Queue():
                return "waited or full"
        return ""

    def tell(self, word: str) -> None:
        """Let something happen, in the words of a case."""
        if word == "sold" and self.goes == "auction":
            self.ends = SOLD
        elif word == "answered" and self.goes == "dial":
            self.ends = TALKED
        else:
            known = Known(self.facts, self.at_ms, self.taken)
            self._take(step(self.flow, self.at, news_of(word), known))

    def _take(self, came: Step) -> None:
        self.at, self.goes = came.at, came.goes
        self.path += came.path
        self.facts |= dict(came.answers)
        self.taken += came.taken
        if came.goes in ("close", "lost"):
            self.ends = HUNG_UP if came.goes == "close" else LOST


def news_of(word: str) -> News:
    """Return what a word of a case tells a flow."""
    if word.startswith(TELLS):
        pairs = (pair.partition("=") for pair in word.removeprefix(TELLS).split())
        return Told({f"ivr.{name}": value for name, _, value in pairs})
    if word in ("failed", "full", "unsold", "unanswered"):
        return Failed()
    if word in ("done", "waited"):
        return Done()
    return Keys("" if word == "silence" else word)


def play(flow: CompiledFlow, case: f.Case) -> tuple[Simulation, Sequence[str]]:
    """Return the call that `case` scripts, and the words that were not used."""
    at_ms = int(datetime.fromisoformat(case.at).timestamp() * 1000)
    call = Simulation.start(flow, dict(case.facts), at_ms)
    words = list(case.happens)
    for _ in range(NEWS_MOST):
        if call.ends:
            break
        if call.waits_for():
            call.tell(words.pop(0) if words else "silence")
        else:
            call.tell("done")
    return call, words


def wrong_cases(flow: CompiledFlow) -> Iterator[tuple[int, str, str]]:
    """Yield what is wrong with cases: the case's number, what was found, what is right."""
    for number, case in enumerate(flow.flow.cases):
        call, left = play(flow, case)
        if tuple(call.path) != case.path:
            yield number, f"the path {' '.join(call.path)}", f"{' '.join(case.path)}"
        elif call.ends != case.ends:
            yield number, f'it ends "{call.ends or "nowhere"}"', f'"{case.ends}"'
        elif left:
            yield number, f"{' '.join(left)} left over", "as much as the call waits for"
        for name, value in case.collects.items():
            if call.facts.get(name) != value:
                found = call.facts.get(name, "nothing")
                yield number, f"{name} is {found}", value
