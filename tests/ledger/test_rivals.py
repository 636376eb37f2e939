"""Two processes' writers at once, lost connections, wrong isolation: all on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio

from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import GroupWriter
from auctiond.pg.ledger_book import LedgerWriter, PgBook, Reply, open_book
from ledger.body import body
from ledger.moves import Hold, HoldLine, Move, capture_for, release_for
from ledger.refusals import Insufficient, LedgerError, NotOpen, RefReused, TooMuchBack
from market.money import Micros
from tests.ledger.helpers import CAP, EXPIRES_MS, MONEY_CAP, SLOT, book_of, hold, new_id, top_up

RIVALS = 200
KILLS = 8
KILL_APPS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE usename = 'auctiond_app' AND datname = current_database()"
)


@pytest.fixture
async def books(pg_url) -> AsyncIterator[list[PgBook]]:
    """Two books, each with connections and a thread of its own, as two processes have."""
    async with (
        open_pg(pg_url, connections_max=2) as first,
        open_pg(pg_url, connections_max=2) as second,
        open_book(first) as one,
        open_book(second) as other,
    ):
        yield [one, other]


async def apply_all(books: list[PgBook], moves: list[Move]) -> list[bool | LedgerError]:
    """Apply all moves at once, in turn at each book, and return what became of them."""
    outcomes: list[bool | LedgerError] = []

    async def rival(book: PgBook, move: Move) -> None:
        try:
            outcomes.append((await book.apply(move)).new)
        except LedgerError as error:
            outcomes.append(error)

    async with trio.open_nursery() as nursery:
        for number, move in enumerate(moves):
            nursery.start_soon(rival, books[number % len(books)], move)
    return outcomes


@pytest.mark.parametrize(
    ("limits", "account"),
    [
        ({"calls": 1, "slots": RIVALS}, CAP),
        ({"slots": 1, "calls": RIVALS}, SLOT),
        ({"money": 400, "calls": RIVALS, "slots": RIVALS}, MONEY_CAP),
        ({"calls": RIVALS, "slots": RIVALS, "money": 400 * RIVALS}, "wallet:acme"),
    ],
)
async def test_of_two_hundred_holds_on_the_last_of_it_exactly_one_wins(books, limits, account):
    wallet = 400 if account.startswith("wallet:") else 400 * RIVALS
    await books[0].apply(top_up(wallet))
    outcomes = await apply_all(books, [hold(400, **limits) for _ in range(RIVALS)])
    assert outcomes.count(True) == 1
    lost = [one.account for one in outcomes if isinstance(one, Insufficient)]
    assert lost == [account] * (RIVALS - 1)
    assert (await books[1].balances())["wallet:acme"] == (wallet, 400)
    assert (await books[1].verify()).ok


async def test_a_hold_that_two_hundred_want_to_end_ends_once(books):
    held = hold(400)
    await apply_all(books[:1], [top_up(1_000)])
    await books[0].apply(held)
    sale = capture_for(held, price=Micros(400), publisher="pub", payout=Micros(300))
    ends = [sale, release_for(held), release_for(held, expired=True)]
    outcomes = await apply_all(books, [ends[number % 3] for number in range(RIVALS)])
    assert outcomes.count(True) == 1
    assert {type(one) for one in outcomes} == {bool, NotOpen}
    assert (await books[0].verify()).ok


async def test_holds_that_name_the_same_accounts_in_other_orders_never_block_each_other(books):
    await apply_all(books, [top_up(10**6, buyer) for buyer in "abc"])
    lines = [HoldLine(f"wallet:{buyer}", 1) for buyer in "abc"]
    orders = (tuple(lines), tuple(reversed(lines)), (lines[1], lines[2], lines[0]))
    moves = [Hold(new_id(), new_id(), 1, orders[n % 3], EXPIRES_MS) for n in range(RIVALS)]
    with trio.fail_after(60):
        assert await apply_all(books, moves) == [True] * RIVALS


async def test_one_payment_told_to_two_processes_for_two_wallets_counts_once(books):
    for number in range(20):
        both = [top_up(100, buyer, ref=f"pi_{number}") for buyer in ("a", "b")]
        outcomes = await apply_all(books, both)
        assert outcomes.count(True) == 1
        assert {type(one) for one in outcomes} == {bool, RefReused}
    assert sum(posted for posted, _ in (await books[0].balances()).values()) == 20 * 100
    assert (await books[0].verify()).ok


async def test_of_returns_told_to_two_processes_no_more_goes_back_than_was_taken(books):
    """Neither touches a wallet: nothing but what they take back keeps them apart."""
    await books[0].apply(top_up(1_000))
    held = hold(400)
    await books[0].apply(held)
    sale = capture_for(held, price=Micros(400), publisher="pub", payout=Micros(300))
    await books[0].apply(sale)
    clawbacks = [
        book_of("reversal", ("publisher:pub", -100), ("margin", 100), reverses=sale.id)
        for _ in range(40)
    ]
    outcomes = await apply_all(books, clawbacks)
    assert outcomes.count(True) == 3
    assert {type(one) for one in outcomes} == {bool, TooMuchBack}
    assert (await books[0].sums())["publisher:pub"] == 0
    assert (await books[1].verify()).ok


async def test_returns_and_holds_of_the_same_wallets_never_block_each_other(books):
    buyers = "abc"
    await apply_all(books, [top_up(10**6, buyer) for buyer in buyers])
    money = [top_up(1_000, buyer) for buyer in buyers]
    await apply_all(books, money)
    moves: list[Move] = []
    for number in range(60):
        paid = money[number % 3]
        lines = ((paid.account, -1), ("world", 1))
        moves.append(book_of("refund", *lines, reverses=paid.id, ref=f"re_{number}"))
        orders = [HoldLine(f"wallet:{buyer}", 1) for buyer in buyers]
        moves.append(Hold(new_id(), new_id(), 1, tuple(orders[:: (-1) ** number]), EXPIRES_MS))
    with trio.fail_after(60):
        assert await apply_all(books, moves) == [True] * len(moves)


async def test_a_booking_and_the_rows_it_belongs_to_are_written_together_or_not_at_all(pg, books):
    note = "INSERT INTO key_file (fingerprint) VALUES ($1)"
    await books[0].apply(top_up(100))
    fee = book_of("charge", ("wallet:acme", -60), ("revenue:fees", 60))
    dear = book_of("charge", ("wallet:acme", -101), ("revenue:fees", 101))
    with pytest.raises(Insufficient, match="wallet:acme"):
        await books[0].apply_with(dear, (note, ("f1",)))
    assert await pg.fetch_value("SELECT count(*) FROM key_file") == 0
    await books[0].apply_with(fee, (note, ("f1",)))
    await books[0].apply_with(fee)
    assert await pg.fetch_value("SELECT count(*) FROM key_file") == 1
    more = book_of("charge", ("wallet:acme", -1), ("revenue:fees", 1))
    with pytest.raises(PgError):
        await books[0].apply_with(more, ("SELECT 1 / 0", ()))
    assert (await books[0].balances())["wallet:acme"] == (40, 0)


async def test_a_move_whose_answer_was_lost_is_sent_again_and_counts_once(pg, nursery):
    write = LedgerWriter(pg)
    codes: list[list[str]] = []

    async def loses_first_answer(moves: list[Move]) -> list[Reply]:
        replies = await write(moves)
        codes.append([reply.code for reply in replies])
        if len(codes) == 1:
            raise PgAway("the connection broke after the commit")
        return replies

    await write([top_up(1_000)])
    writer = GroupWriter(loses_first_answer)
    nursery.start_soon(writer.run)
    book = PgBook(pg, writer)
    assert not (await book.apply(hold(400))).new
    assert codes == [["new"], ["same"]]
    assert (await book.balances())["wallet:acme"] == (1_000, 400)


async def test_connections_killed_under_load_lose_nothing_and_double_nothing(books, pg_super):
    await books[0].apply(top_up(10**6))
    holds = [hold(400, calls=RIVALS, slots=RIVALS, money=10**6) for _ in range(RIVALS)]
    done = trio.Event()

    async def kill() -> None:
        for _ in range(KILLS):
            await pg_super.fetch_value(KILL_APPS)
        done.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(kill)
        outcomes = await apply_all(books, holds)
        await done.wait()
    assert {type(one) for one in outcomes} == {bool}
    again = await apply_all(books, holds)
    assert again == [False] * RIVALS
    async with open_book(pg_super) as book:
        assert (await book.balances())["wallet:acme"] == (10**6, 400 * RIVALS)
        assert (await book.verify()).ok


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
async def test_a_snapshot_older_than_the_locks_is_refused(pg, level):
    with pytest.raises(PgError, match="READ COMMITTED"):
        await pg.run_together(
            (f"SET TRANSACTION ISOLATION LEVEL {level}", ()),
            ("SELECT ledger_apply($1)", ([body(top_up(1_000)).decode()],)),
        )
    assert (await LedgerWriter(pg)([top_up(1_000)]))[0].code == "new"
