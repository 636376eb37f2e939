"""Nothing is overshot: at no point of the ledger's log, whoever races, on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

import pytest
import trio

from auctiond.calls.bank import _line
from auctiond.pg.door import Pg, open_pg
from auctiond.pg.ledger_book import PgBook, open_book
from ledger.moves import Hold, Move, capture_for, end_for, hold_for, release_for, without_slots
from ledger.rules import Insufficient, LedgerError
from market.bids import BuyerId
from market.limits import CAP_KINDS, ByHour
from market.money import Micros, micros
from market.network import Buyer, Cap
from routing.snapshot import compile_network
from tests.ledger.helpers import EXPIRES_MS, new_id, top_up
from tests.routing.worlds import network, target

RIVALS = 200
PRICE = micros(4)
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OVERSHOT = """
    SELECT e.account, e.seq, e.posted, e.held FROM ledger_entry e
    JOIN unnest($1::text[], $2::bigint[]) AS l (account, most) ON l.account = e.account
    WHERE e.held - e.posted > l.most
"""
OWNERS = ("target", "buyer", "campaign", "publisher")


def limits_of(kind: str, limit: int) -> dict:
    """Return a limit of one kind: a cap, slots, or one of these by the hour."""
    hours = ByHour((limit,) * 168)
    match kind:
        case "slots":
            return {"concurrency": limit}
        case "slots by hour":
            return {"concurrency_by_hour": hours}
        case "money":
            return {"caps": (Cap("money", "day", limit * PRICE + PRICE - 1),)}
    by_hour, _, counted = kind.partition(" by hour ")
    if counted:
        return {"cap_by_hour": replace(hours, kind=counted)}
    return {"caps": (Cap(by_hour, "day", limit),)}


def snapshot_of(owner: str, limits: dict):
    one = target("a", price=PRICE, **(limits if owner == "target" else {}))
    buyer = Buyer(BuyerId("acme"), "Acme", **(limits if owner == "buyer" else {}))
    whole = network(one, buyer=buyer)
    campaign = replace(whole.campaigns[0], **(limits if owner == "campaign" else {}))
    publisher = replace(whole.publishers[0], **(limits if owner == "publisher" else {}))
    return compile_network(1, replace(whole, campaigns=(campaign,), publishers=(publisher,)))


def award(snapshot, leg: int = 1) -> Hold:
    uses = [_line(use, PRICE) for use in snapshot.limits.uses("a", "auto", "pub", AT)]
    return hold_for(new_id(), leg, buyer="acme", price=PRICE, uses=uses, expires_ms=EXPIRES_MS)


@dataclass
class Books:
    """Two processes' books of one ledger."""

    all: list[PgBook]
    auditor: Pg

    async def race(self, moves: list[Move]) -> list[LedgerError | None]:
        """Make all moves at once, in turn at each book."""
        outcomes: list[LedgerError | None] = []

        async def rival(book: PgBook, move: Move) -> None:
            try:
                await book.apply(move)
            except LedgerError as error:
                outcomes.append(error)
            else:
                outcomes.append(None)

        async with trio.open_nursery() as nursery:
            for number, move in enumerate(moves):
                nursery.start_soon(rival, self.all[number % 2], move)
        return outcomes

    async def overshot(self, most: dict[str, int]) -> list:
        """Return every entry of the log at which more was in use than `most` of its account."""
        return await self.auditor.fetch(OVERSHOT, list(most), list(most.values()))


@pytest.fixture
async def books(pg_url, auditor):
    async with (
        open_pg(pg_url, connections_max=2) as first,
        open_pg(pg_url, connections_max=2) as second,
        open_book(first) as one,
        open_book(second) as other,
    ):
        yield Books([one, other], auditor)


KINDS = (*CAP_KINDS, "slots", "slots by hour", *(f" by hour {kind}" for kind in CAP_KINDS[:3]))
LAST_UNITS = [(owner, kind) for owner in OWNERS for kind in (KINDS if owner == "target" else
              ("calls", "money", "slots"))]  # fmt: skip


@pytest.mark.parametrize(("owner", "kind"), LAST_UNITS)
async def test_two_hundred_awards_for_the_last_unit_give_it_to_one(books, owner, kind):
    await books.all[0].apply(top_up(RIVALS * PRICE))
    snapshot = snapshot_of(owner, limits_of(kind, 1))
    holds = [award(snapshot) for _ in range(RIVALS)]
    outcomes = await books.race(holds)
    (account,) = {line.account for line in holds[0].lines[1:]}
    lost = {error.account for error in outcomes if isinstance(error, Insufficient)}
    assert (outcomes.count(None), lost) == (1, {account})
    assert await books.overshot({line.account: -line.floor for line in holds[0].lines}) == []
    (found,) = await books.all[0].open_holds()
    await books.race([release_for(found.hold)])
    again = [award(snapshot)] * 2 + [award(snapshot)] * 2
    assert (await books.race(again)).count(None) == 2, "the unit is back, and goes once"
    assert await books.overshot({account: 0}), "else nothing was looked at"


async def test_two_hundred_awards_for_the_last_money_of_a_wallet_give_it_to_one(books):
    await books.all[0].apply(top_up(2 * PRICE - 1))
    outcomes = await books.race([award(snapshot_of("target", {})) for _ in range(RIVALS)])
    assert outcomes.count(None) == 1
    assert await books.overshot({"wallet:acme": 0}) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_units_in_use_never_exceed_a_cap_while_calls_come_and_go(books, seed):
    """Calls of three networks, whose limits differ, end in every way, twice, and at once."""
    rng = Random(seed)
    await books.all[0].apply(top_up(RIVALS * PRICE))
    caps = tuple(Cap(kind, "day", 9 * PRICE if kind == "money" else 9) for kind in CAP_KINDS)
    limits = {"caps": caps, "concurrency": 4}
    snapshots = [snapshot_of(owner, limits) for owner in OWNERS[:3]]
    most = {line.account: -line.floor for one in snapshots for line in award(one).lines}
    made = 0
    for _ in range(6):
        holds = [award(rng.choice(snapshots)) for _ in range(30)]
        outcomes = await books.race([*holds, *rng.sample(holds, 5)])
        made += outcomes.count(None)
        ends: list[Move] = []
        for found in await books.all[0].open_holds():
            ends += rng.sample(_ends(found.hold), 2) if rng.random() < 0.8 else ()
        await books.race(rng.sample(ends, len(ends)))
        assert await books.overshot(most) == []
    assert made > 20
    for found in await books.all[0].open_holds():
        await books.all[0].apply(release_for(found.hold, expired=True))
    assert not [name for name, (_, held) in (await books.all[0].balances()).items() if held]
    assert (await books.all[0].verify()).problems == ()


def _ends(hold: Hold) -> list[Move]:
    """Return all ways in which a hold may end: what counts as calls, connects, or a sale."""
    sale = capture_for(hold, price=PRICE, publisher="pub", payout=Micros(PRICE // 2))
    answered = end_for(hold, counted=("calls", "connects"))
    return [sale, end_for(hold, counted=("calls",)), answered, release_for(hold, expired=True)]


async def test_a_slot_that_is_given_back_alone_leaves_no_moment_without_the_rest(books):
    """While 200 others want the wallet's last money, a review gives its slot back."""
    await books.all[0].apply(top_up(PRICE))
    snapshot = snapshot_of("target", {"concurrency": 1, "caps": (Cap("calls", "day", 1),)})
    held = award(snapshot)
    await books.all[0].apply(held)
    end, rest = without_slots(held)
    outcomes: list = []

    async def rivals():
        outcomes.extend(await books.race([award(snapshot) for _ in range(RIVALS)]))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(rivals)
        for _ in range(2):
            await books.all[1].replace(end, rest)
    assert outcomes.count(None) == 0
    balances = await books.all[0].balances()
    assert balances["slot:a"] == (0, 0)
    assert balances["wallet:acme"] == (PRICE, PRICE)
    assert (await books.all[0].verify()).ok
