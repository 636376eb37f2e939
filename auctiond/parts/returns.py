"""The part of the server that gives money back and pays it out; main.py puts it to the others."""

from __future__ import annotations

from dataclasses import dataclass

from auctiond.calls.pauses import Pauses
from auctiond.calls.records import Records
from auctiond.notices.notices import Notices
from auctiond.parts.base import Base, now_ms
from auctiond.payouts.desk import PayoutDesk
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.entries import Entries
from auctiond.pg.payouts import Payouts
from auctiond.pg.people import People
from auctiond.pg.returns import Returns
from auctiond.returns.by_hand import ByHand
from auctiond.returns.desk import ReturnsDesk
from auctiond.returns.notes import Notes
from auctiond.returns.rates import ReturnRates
from auctiond.returns.sales import Sales
from auctiond.web.auth import Gate
from auctiond.web.entries import EntriesApi
from auctiond.web.idempotency import Once
from auctiond.web.payouts import PayoutsApi
from auctiond.web.returns import ReturnsApi


@dataclass(frozen=True, slots=True)
class ReturnPart:
    desk: ReturnsDesk
    rates: ReturnRates
    apis: tuple[ReturnsApi, PayoutsApi, EntriesApi]


def make_returns(base: Base, pauses: Pauses, notices: Notices, once: Once) -> ReturnPart:
    """Return the desk, what stops targets by their returns, and the API."""
    store = Returns(base.pg)
    notes = Notes(store, People(base.pg), base.vault)
    money = (base.book, base.usage)
    sales = Sales(Records(base.calls), store)
    desk = ReturnsDesk(store, sales, notes, base.networks, *money, base.log, now_ms)
    rates = ReturnRates(store, pauses, base.networks, notices, base.log, now_ms)
    entries = Entries(base.pg)
    by_hand = ByHand(*money, notes, sales.records, entries, base.networks, base.log, now_ms)
    gate = Gate(ApiKeys(base.pg))
    payouts = PayoutDesk(Payouts(base.pg), base.networks, base.log, now_ms)
    api = ReturnsApi(gate, once, desk, by_hand)
    ledger = EntriesApi(gate, entries, base.book)
    return ReturnPart(desk, rates, (api, PayoutsApi(gate, once, payouts), ledger))
