"""What a person puts right in the ledger: adjustments, and notes, each with who and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from auctiond.calls.bank import Usage
from auctiond.calls.records import Records
from auctiond.logs import Log
from auctiond.money_refused import MoneyRefused
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.entries import Entries
from auctiond.pg.ledger_book import PgBook
from auctiond.returns.notes import Notes
from compliance.opaque import wrong_with_id
from ledger.accounts import is_bounded, kind_of, unit_of
from ledger.kinds import MONEY_WORDS
from ledger.moves import Booking, Line
from ledger.refusals import Insufficient, LedgerError
from market.ids import id_for
from market.money import Micros, dollars


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`amount` goes from one account to another, of the same currency."""

    taken_from: str
    given_to: str
    amount: Micros
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ByHand:
    book: PgBook
    usage: Usage
    notes: Notes
    records: Records
    entries: Entries
    networks: NetworkBook
    log: Log
    now_ms: Callable[[], int]

    async def adjust(self, what: Adjustment, by: str, id_: UUID) -> UUID:
        """Put something right, and return the id of the move. Raises MoneyRefused."""
        for account in (what.taken_from, what.given_to):
            await self._check(account)
        if unit_of(what.taken_from) != unit_of(what.given_to):
            raise MoneyRefused(400, "Both accounts must be of one currency.")
        if what.amount <= 0 or what.taken_from == what.given_to:
            raise MoneyRefused(400, "Expected an amount over 0, from one account to another.")
        lines = (Line(what.taken_from, -what.amount), Line(what.given_to, what.amount))
        move = Booking(id_for(id_, "adjustment"), "adjustment", lines, actor=by, reason=what.reason)
        await self._apply(move, what)
        if what.note:
            now = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
            await self.notes.add(move.id, None, what.note, by, now, id_)
        told = {"by": by, "reason": what.reason}
        self.log.info("ledger.adjusted", move=move.id, amount=dollars(what.amount), **told)
        return move.id

    async def _check(self, account: str) -> None:
        """Refuse what is no account of money, or nobody's: an entry keeps the name for ever."""
        if unit_of(account) is None or kind_of(account) not in MONEY_WORDS:
            words = ", ".join(MONEY_WORDS)
            raise MoneyRefused(400, f"{account!r} is no account of money ({words}).")
        kind, _, owner = account.partition("@")[0].partition(":")
        if kind in ("wallet", "publisher"):
            if owner not in self._owners(kind) and not await self.entries.knows(account):
                what = "buyer" if kind == "wallet" else kind
                raise MoneyRefused(404, f"There is no {what} {owner!r} in the network.")
        elif owner and (wrong := wrong_with_id(owner)):
            raise MoneyRefused(400, f"{account!r}: {wrong}.")

    def _owners(self, kind: str) -> set[str]:
        edition = self.networks.current
        if edition is None:
            return set()
        network = edition.snapshot.network
        found = network.buyers if kind == "wallet" else network.publishers
        return {one.id for one in found}

    async def _apply(self, move: Booking, what: Adjustment) -> None:
        try:
            applied = await self.book.apply(move)
        except Insufficient:
            text = f"{what.taken_from} has less than {dollars(what.amount)}."
            raise MoneyRefused(409, text) from None
        except LedgerError as error:
            raise MoneyRefused(400, f"The ledger refused it: {error}.") from None
        if any(is_bounded(line.account) for line in move.lines):
            self.usage.update(applied.balances)

    async def annotate(self, about: UUID, text: str, by: str, id_: UUID) -> None:
        """Add a note to a move of the ledger, which itself never changes. Raises MoneyRefused."""
        known, call_id = await self.notes.store.call_of(about)
        if not known:
            raise MoneyRefused(404, f"There is no entry {about}.")
        record = await self.records.get(call_id) if call_id is not None else None
        person_id = record.row.person_id if record is not None else None
        now = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        await self.notes.add(about, person_id, text, by, now, id_)
