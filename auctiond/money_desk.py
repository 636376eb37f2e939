"""Money for operators: wallets, top-ups, totals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from auctiond.calls.bank import Usage
from auctiond.jobs.seal import read_seal_file
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.door import Pg
from auctiond.pg.ledger_book import PgBook
from auctiond.pg.ledger_check import verify
from ledger.moves import TopUp
from ledger.rules import IdReused, RefReused, Unbalanced
from market.ids import id_at
from market.money import Micros, dollars

WALLET = "wallet:"  # How the names of their accounts begin.


class TopUpRefused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class MoneyDesk:
    book: PgBook
    usage: Usage
    networks: NetworkBook
    pg: Pg
    seal_path: Path
    now_ms: Callable[[], int]

    async def wallets(self) -> list[dict[str, Any]]:
        """Return the wallets of all buyers: what is in each, what is held, what is free."""
        found = await self.book.balances(WALLET)
        wallets = dict.fromkeys((WALLET + buyer for buyer in self._buyers()), (0, 0)) | found
        return [
            _wallet(account.removeprefix(WALLET), posted, held)
            for account, (posted, held) in sorted(wallets.items())
        ]

    async def top_up(self, buyer: str, amount: Micros, ref: str) -> bool:
        """Put `amount` into the wallet of `buyer`; False if `ref` was there already."""
        if buyer not in self._buyers():
            raise TopUpRefused(404, f"There is no buyer {buyer!r} in the network.")
        if amount <= 0:
            raise TopUpRefused(400, "amount: expected more than 0.")
        new_id = id_at(self.now_ms(), f"top-up|{ref}".encode())
        try:
            (new,) = await self.book.pay_in(TopUp(new_id, f"{WALLET}{buyer}", amount, ref))
        except (RefReused, IdReused):
            raise TopUpRefused(409, f"The payment {ref!r} came before, with other data.") from None
        except Unbalanced as error:
            raise TopUpRefused(400, f"{error.why}.") from None
        self.usage.update(await self.book.balances(f"{WALLET}{buyer}"))
        return bool(new)

    async def totals(self) -> dict[str, Any]:
        """Return the ledger's totals in micros."""
        return asdict(await self.book.totals())

    async def verify(self) -> dict[str, Any]:
        """Check the whole ledger against itself and its seal."""
        report = await verify(self.pg, read_seal_file(self.seal_path))
        return {"verified": report.ok, "problems": [str(problem) for problem in report.problems]}

    def _buyers(self) -> set[str]:
        edition = self.networks.current
        return {one.id for one in edition.snapshot.network.buyers} if edition is not None else set()


def _wallet(buyer: str, posted: int, held: int) -> dict[str, Any]:
    amounts = {"balance": posted, "held": held, "free": posted - held}
    told = {name: dollars(amount) for name, amount in amounts.items()}
    buyer, _, currency = buyer.partition("@")
    told["currency"] = (currency or "usd").upper()
    return {"buyer": buyer} | told | {f"{name}_micros": n for name, n in amounts.items()}
