"""The sale of a call, from its log and from the ledger: what was charged, and who got it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auctiond.calls.paying import sale_of
from auctiond.calls.records import Record, Records
from auctiond.pg.returns import Returns
from ledger.accounts import currency_of, kind_of, unit_of
from ledger.moves import Capture, Line
from market.ids import id_for
from market.money import Micros
from routing.payout_conditions import Sale


@dataclass(frozen=True, slots=True)
class SoldLeg:
    record: Record
    leg: int
    capture: Capture
    at: datetime
    wallet: Line  # What was taken of it.
    publisher: Line | None  # What it got; None: nothing.
    margin: str  # The account that bears the rest.
    target: str
    facts: Sale | None  # What rules may ask of it; None: the log does not say.

    @property
    def buyer(self) -> str:
        """Whose wallet it is."""
        return owner_of(self.wallet.account)

    @property
    def charged(self) -> Micros:
        """What the buyer paid."""
        return Micros(self.wallet.amount)

    @property
    def payout(self) -> Micros:
        """What the publisher got."""
        return Micros(self.publisher.amount if self.publisher is not None else 0)

    @property
    def currency(self) -> str:
        """The currency, as people write it."""
        return currency_of(unit_of(self.wallet.account) or "").upper()


@dataclass(frozen=True, slots=True)
class Sales:
    records: Records
    returns: Returns

    async def of_call(self, call_id: UUID) -> SoldLeg | None:
        """Return the sale of a call; None: there is no such call, or it was not sold."""
        record = await self.records.get(call_id)
        if record is None:
            return None
        life = record.life()
        legs = {id_for(call_id, f"capture:{leg}"): leg for leg in life.offers}
        for sold in await self.returns.sales(list(legs)):
            leg, capture = legs[sold.capture.id], sold.capture
            wallet = next((one for one in capture.take if kind_of(one.account) == "wallet"), None)
            if wallet is None:
                continue
            paid = next((one for one in capture.give if kind_of(one.account) == "publisher"), None)
            settled = life.settlement(leg)
            return SoldLeg(
                record,
                leg,
                capture,
                sold.at,
                wallet,
                paid,
                "margin" + tail_of(wallet.account),
                str(life.offers[leg].target),
                sale_of(life.call, settled) if settled is not None else None,
            )
        return None


def owner_of(account: str) -> str:
    """Return whose account it is: "wallet:acme@eur" is acme's."""
    return account.partition(":")[2].partition("@")[0]


def tail_of(account: str) -> str:
    """Return what names the currency in an account; "" for dollars."""
    _, at, currency = account.partition("@")
    return at + currency
