"""A call's past as rows of its log, a ledger in memory, and the parts that a restart needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace

from auctiond.calls.bank import Bank, Usage
from auctiond.calls.event_codec import to_data
from auctiond.calls.records import Record
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.network_book import NetworkBook, compile_edition
from auctiond.pg.calls import CallRow, EventRow
from ledger.moves import Capture, Hold, Release, TopUp
from ledger.rules import Ledger
from market.bids import Bid, BuyerId, TargetId
from market.call import BidsClosed, CallerAnswered, Cleared, Greeted
from market.ids import id_at
from market.money import micros
from market.phone import LegStatus
from tests.whole.networks import FIRST, NUMBER, SECOND, TWO, network_of

ARRIVED_MS = 1_795_000_000_000
ID = id_at(ARRIVED_MS, b"call")
AT = ARRIVED_MS  # What the tests count their milliseconds from.
BEST = Bid(TargetId("first"), BuyerId("first"), micros(20), FIRST, 0.6)
NEXT = Bid(TargetId("second"), BuyerId("second"), micros(10), SECOND, 0.6)
CLEARED = Cleared(AT, network=1, campaign="calls", publisher="pub", zip_tries=3)
OFFERED = (
    Cleared(AT, network=1, campaign="calls", publisher="pub"),
    CallerAnswered(AT + 10, news="n-answered"),
    Greeted(AT + 20, news="n-greeted"),
    BidsClosed(AT + 30, ranked=(BEST, NEXT)),
)
ROW = CallRow(
    id=ID,
    carrier="telnyx",
    call_ref="session",
    caller_leg_ref="leg-0",
    caller_index=None,
    person_id=None,
    tracking_number=NUMBER,
    campaign="calls",
    publisher="pub",
    network=1,
    arrived_at=datetime.fromtimestamp(ARRIVED_MS / 1000, UTC),
)


def rows(*events):
    """Return events as rows of the log."""
    return [EventRow(ID, n, type(e).__name__, e.at_ms, to_data(e)) for n, e in enumerate(events)]


@dataclass
class Calls:
    """The log of one call."""

    rows: list = field(default_factory=list)

    async def append_late(self, new):
        self.rows += new


@dataclass
class OneRecord:
    calls: Calls

    async def get(self, call_id):
        return Record(ROW, list(self.calls.rows)) if call_id == ID else None

    async def open(self):
        return [Record(ROW, list(self.calls.rows))]


@dataclass
class Inbox:
    """All that the carrier told of the call."""

    news: list = field(default_factory=list)

    async def of_call(self, call_ref):
        return self.news


class Book:
    """The ledger in memory; `moves` are the ends of holds, in order."""

    def __init__(self):
        self.ledger = Ledger()
        self.moves = []
        self.age_s = 60.0
        for buyer in ("first", "second"):
            self.ledger.apply(TopUp(id_at(AT, buyer.encode()), f"wallet:{buyer}", 10**9, buyer))

    async def apply(self, move):
        new = self.ledger.apply(move)
        if isinstance(move, Capture | Release):
            self.moves.append(type(move).__name__)
        return SimpleNamespace(new=new, balances={})

    async def replace(self, end, hold):
        await self.apply(end)
        return await self.apply(hold)

    async def open_holds(self, older_than):
        holds = (hold for hold in self.ledger.open_holds() if isinstance(hold, Hold))
        return [SimpleNamespace(hold=hold, age_s=self.age_s) for hold in holds]


class Carrier:
    """Says of every leg what it is told to say; takes every command."""

    plays_documents = False

    def __init__(self, status=None):
        self.legs = status or LegStatus(alive=True)
        self.sent = []

    def of(self, name):
        return self

    async def status(self, ref):
        return self.legs

    async def send(self, command):
        self.sent.append(command)


class Editions:
    """All networks can be read, but those that cannot."""

    def __init__(self, *, readable=True):
        self.readable = readable

    async def need(self, version):
        return self.readable


def network_book(**target):
    """Return a book with version 1: two buyers of a price; `target` changes the first."""
    book = NetworkBook()
    network = network_of([replace(TWO[0], **target), TWO[1]])
    book.put(compile_edition(1, network, {}, lambda name: name), current=True)
    return book


async def at_once():
    """All is on record."""


def bank_on(book, shelter, on_record=at_once, **target):
    """Return a bank of `book`."""
    return Bank(book, Usage(), network_book(**target), shelter, Metrics(), Log(), on_record)
