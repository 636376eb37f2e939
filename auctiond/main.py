"""Builds and wires everything; the only place that does.

The nesting is the order of stopping, from inside out: the web first, then the calls get
time to end, then the writers write what is left, then the database stops.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import trio

from actors.call_desk import CallDesk
from actors.shelter import Shelter, open_shelter
from auctiond.applying import Applying
from auctiond.auctioneer import Auctioneer
from auctiond.bank import Bank, Usage
from auctiond.call_log import CallLog
from auctiond.call_view import disposition
from auctiond.call_work import CallWork
from auctiond.config import Settings
from auctiond.first_key import ensure_first_key
from auctiond.intake import Intake
from auctiond.jobs.lag import Lag
from auctiond.leads import Leads
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.money_desk import MoneyDesk
from auctiond.net.carrier_link import CarrierLink, open_carrier_link
from auctiond.net.wire import Wire, WireOptions, open_wire
from auctiond.network_book import NetworkBook
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.ledger_book import PgBook
from auctiond.phone import Phone
from auctiond.posting import Poster
from auctiond.recovery import Recovery
from auctiond.secret import resolve_secret
from auctiond.stores import Stores, open_stores
from auctiond.switchboard import Switchboard
from auctiond.vault import Vault, open_vault
from auctiond.web.api import Api
from auctiond.web.app import Doors
from auctiond.web.auth import Gate
from auctiond.web.hooks import TelnyxHooks
from buyers.library import load_library
from market.call import Call, Event
from telephony.telnyx import TelnyxOptions

SWEEP_AGE_S = 60.0  # A hold that young belongs to a call that is being settled this moment.


def now_ms() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000
