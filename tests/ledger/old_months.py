"""A ledger that is eight years old: three months of 2018 with all that makes months hard."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.jobs.seal import Sealer
from auctiond.pg.door import Pg
from auctiond.pg.ledger_book import LedgerWriter
from ledger.moves import (
    Booking,
    Capture,
    Hold,
    Line,
    Move,
    TopUp,
    capture_for,
    hold_for,
    release_for,
    use,
)
from market.ids import id_at
from market.money import Micros
from tests.ledger.laying_out import laid_out

OCTOBER, NOVEMBER, DECEMBER = (date(2018, month, 1) for month in (10, 11, 12))
LAY_OUT = laid_out("SELECT generate_series('2018-10-01'::date, '2018-12-01', '1 month')::date")


def ms(when: str) -> int:
    """Return Unix milliseconds of a UTC time."""
    return round(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp() * 1000)


def old_hold(when: str, price: int = 400) -> Hold:
    """Return a hold on wallet, cap and slot, of a call of that time."""
    uses = (use(f"cap:t1:calls/day:{when[:10]}", 1, 10), use("slot:t1", 1, 5))
    call_id = id_at(ms(when), f"call {when}".encode())
    return hold_for(call_id, 1, buyer="acme", price=Micros(price), uses=uses, expires_ms=0)


def sale(hold: Hold, price: int = 400) -> Capture:
    """Return the sale of a hold: a quarter is the margin."""
    payout = Micros(price * 3 // 4)
    return capture_for(hold, price=Micros(price), publisher="pub", payout=payout)


def payment(when: str, ref: str, buyer: str = "acme") -> TopUp:
    """Return a payment of 2,000."""
    return TopUp(id_at(ms(when), ref.encode()), f"wallet:{buyer}", 2_000, ref)


def brought_back(when: str, sold: Capture, amount: int) -> Booking:
    """Return the return of a part of a sale."""
    lines = (Line("wallet:acme", amount), Line("publisher:pub", -amount))
    return Booking(id_at(ms(when), b"back"), "reversal", lines, reverses=sold.id)


class OldLedger:
    """Writes moves as if it were another time."""

    def __init__(self, pg: Pg, pg_super: Pg, folder: Path) -> None:
        self.pg, self.pg_super, self.folder = pg, pg_super, folder
        self.seal_path = folder / "ledger.seal"
        self.months_path = folder / "months"
        self.key = Ed25519PrivateKey.generate()
        self._now = ""

    async def fill(self) -> None:
        """Write three months. At midnight between the first two, calls go on."""
        self._now = await self.pg_super.fetch_value(
            "SELECT pg_get_functiondef('ledger_apply_run'::regproc)"
        )
        await self.pg_super.run_script(LAY_OUT)
        first, late, over = (
            old_hold(f"2018-10-{when}") for when in ("05 12:00", "31 23:58", "31 23:59")
        )
        await self.at("2018-10-05 12:00", payment("2018-10-05 11:00", "pi_1"), first)
        await self.at("2018-10-05 12:10", sale(first), payment("2018-10-05 12:10", "pi_2", "idle"))
        await self.at("2018-10-31 23:59:30", late, over)
        await self.at(
            "2018-11-01 00:05", sale(late), brought_back("2018-11-01 00:05", sale(first), 100)
        )
        await self.at("2018-11-01 00:06", release_for(over))
        third = old_hold("2018-11-20 10:00", 600)
        await self.at("2018-11-20 10:00", third)
        await self.at("2018-11-20 10:03", sale(third, 600))
        await self.at("2018-12-24 18:00", payment("2018-12-24 18:00", "pi_3"))
        await self.pg_super.run_script(self._now)

    async def at(self, when: str, *moves: Move) -> None:
        """Apply moves at a time."""
        assert "clock_timestamp()" in self._now
        clock = self._now.replace("clock_timestamp()", f"timestamptz '{when}+00'")
        await self.pg_super.run_script(clock)
        assert await self.apply(*moves) == ["new"] * len(moves)

    async def apply(self, *moves: Move) -> list[str]:
        """Apply moves, and return what became of each."""
        return [reply.code for reply in await LedgerWriter(self.pg)(list(moves))]

    async def seal(self) -> int:
        """Sign all hours that are over."""
        return await Sealer(self.pg, self.seal_path, self.key).seal_hours()
