"""What all parts of the server stand on."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from actors.shelter import Shelter
from auctiond.calls.bank import Usage
from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Leads
from auctiond.calls.odds import OddsBook
from auctiond.calls.tokens import TokenDesk
from auctiond.carriers import Carriers
from auctiond.config import Settings
from auctiond.jobs.lag import Lag
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.lookup_link import LookupLink
from auctiond.net.media_link import MediaLink
from auctiond.net.wire import Wire
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.calls import Calls
from auctiond.pg.door import Pg
from auctiond.pg.inbox import Inbox
from auctiond.pg.ledger_book import PgBook
from auctiond.pg.rtb import RtbPings
from auctiond.rtb.live import LiveBids
from auctiond.workers.fleet import Fleet
from market.ids import id_at
from routing.ping_caps import PingCounts

IsOurs = Callable[[UUID], Awaitable[bool]]


@dataclass(slots=True)
class Base:
    """What everything else stands on."""

    settings: Settings
    pg: Pg
    book: PgBook
    calls: Calls
    inbox: Inbox
    shelter: Shelter
    wire: Wire
    carriers: Carriers
    vault: Vault
    call_log: CallLog
    metrics: Metrics
    lag: Lag
    log: Log
    rtb_pings: RtbPings
    lookups: LookupLink
    media: MediaLink
    usage: Usage = field(default_factory=Usage)
    pings: PingCounts = field(default_factory=PingCounts)
    odds: OddsBook = field(default_factory=OddsBook)
    networks: NetworkBook = field(default_factory=NetworkBook)
    fleet: Fleet = field(default_factory=Fleet)  # The other workers, if there are any.
    is_ours: IsOurs | None = None  # Whether we lead a call that is on record.
    live_bids: LiveBids = field(default_factory=LiveBids)  # What publishers were promised.
    leads: Leads = field(default_factory=Leads)
    tally: Counter[str] = field(default_factory=Counter)  # Calls ended since the start, by how.
    tokens: TokenDesk = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = TokenDesk(self.networks, self.wire, self.log, now_ms)


def now_ms() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def new_id() -> UUID:
    """Return a new id of this moment."""
    return id_at(now_ms(), os.urandom(16))
