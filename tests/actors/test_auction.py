"""The auction on virtual time: these tests take milliseconds, and are exact."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import trio

from actors.auction import Auction, Decision, Tell
from actors.shelter import open_shelter
from market.bids import Bid, BuyerId, NoBid, TargetId
from market.money import Micros

CEILING = 100


def bid(name: str, price: int) -> Bid:
    return Bid(TargetId(name), BuyerId(name), Micros(price), "+15550100", 90.0)


class Asked:
    """A question that the network answers after some time."""

    def __init__(
        self,
        network: Network,
        target: TargetId,
        best: tuple[int, ...],
        after_s: float,
        read: Callable[[], Bid | NoBid],
    ) -> None:
        self.network, self.target, self.best, self.after_s = network, target, best, after_s
        self.read = read
        self.cancelled_at: float | None = None

    def ask(self, tell: Tell) -> None:
        self.told = lambda: tell(self)
        self.at = trio.current_time() + self.after_s
        self.network.send(self)

    def cancel(self) -> None:
        if self in self.network.out:
            self.network.out.remove(self)
            self.cancelled_at = trio.current_time()


class Network:
    """Answers that arrive at their time; who looks hears what has arrived by then."""

    def __init__(self, air: trio.Nursery) -> None:
        self.air = air
        self.out: list[Asked] = []
        self.all: list[Asked] = []

    def send(self, asked: Asked) -> None:
        self.out.append(asked)
        self.all.append(asked)
        self.air.start_soon(self._arrive, asked.at)

    def look(self) -> None:
        for asked in [each for each in self.out if each.at <= trio.current_time()]:
            self.out.remove(asked)
            asked.told()

    async def _arrive(self, at: float) -> None:
        await trio.sleep_until(at)
        self.look()


def question(
    name: str, index: int, after_s: float, reply, ceiling: int = CEILING
) -> Callable[[Network], Asked]:
    def read():
        if isinstance(reply, Exception):
            raise reply
        return reply() if callable(reply) else reply

    return lambda network: Asked(network, TargetId(name), (-ceiling, index), after_s, read)


def rank_in(questions):
    order = {q.target: index for index, q in enumerate(questions)}
    return lambda b: (-b.price, order[b.target]) if b.price >= 10 else None


async def hold(*askers, window_s=2.0, late=None, networks=None) -> tuple[Decision, float]:
    start = trio.current_time()
    async with trio.open_nursery() as air:
        network = Network(air)
        if networks is not None:
            networks.append(network)
        questions = [ask(network) for ask in askers]
        async with open_shelter(drain_s=5) as shelter:
            heard = late if late is not None else []

            def on_late(reply, in_time):
                heard.append((reply, in_time))

            ranks, end = rank_in(questions), start + window_s
            auction = Auction(questions, ranks, end, 1.0, on_late, network.look)
            await auction.ask()
            decision = await auction.decide()
            if auction.is_out:
                shelter.start("auction", partial(auction.stay, decision.early))
            took_s = trio.current_time() - start
        air.cancel_scope.cancel()
    return decision, took_s


async def test_a_slow_buyer_is_a_timeout_and_delays_nobody(autojump_clock):
    slow, fast = question("slow", 0, 60, bid("slow", 99)), question("fast", 1, 0.2, bid("fast", 45))
    decision, took_s = await hold(slow, fast)
    assert (took_s, decision.early) == (2.0, False)
    assert decision.replies == (NoBid(TargetId("slow"), "timeout"), bid("fast", 45))


async def test_the_window_shuts_as_soon_as_nobody_can_beat_the_leader(autojump_clock):
    low = question("low", 0, 60, bid("low", 20), ceiling=44)
    decision, took_s = await hold(low, question("fast", 1, 0.2, bid("fast", 45)))
    assert (took_s, decision.early) == (0.2, True)
    assert decision.replies == (NoBid(TargetId("low"), "closed_early"), bid("fast", 45))


async def test_an_equal_bid_that_comes_first_in_routing_order_is_waited_for(autojump_clock):
    first = question("first", 0, 0.5, bid("first", 45), ceiling=45)
    decision, took_s = await hold(first, question("fast", 1, 0.2, bid("fast", 45)))
    assert (took_s, decision.replies[0]) == (0.5, bid("first", 45))


async def test_a_bid_under_the_reserve_leads_nobody(autojump_clock):
    poor = question("poor", 0, 0.1, bid("poor", 9), ceiling=9)
    _, took_s = await hold(poor, question("slow", 1, 60, bid("slow", 50), ceiling=8))
    assert took_s == 2.0


async def test_the_window_shuts_early_when_all_have_answered(autojump_clock):
    decision, took_s = await hold(question("a", 0, 0.2, NoBid(TargetId("a"), "reject")))
    assert (took_s, decision.early) == (0.2, False)


async def test_nobody_to_ask_takes_no_time(autojump_clock):
    assert await hold() == (Decision((), 0.0, False), 0.0)


async def test_a_bid_at_the_very_deadline_counts(autojump_clock):
    """Trio runs tasks that are ready together in any order: so it is tried often."""
    for _ in range(50):
        decision, _ = await hold(question("a", 0, 2.0, bid("a", 45)))
        assert decision.replies == (bid("a", 45),)


async def test_a_late_bid_is_heard_for_a_second_but_does_not_count(autojump_clock):
    late = []
    questions = [question(n, i, s, bid(n, 45)) for i, (n, s) in enumerate([("a", 2.5), ("b", 9.0)])]
    decision, _ = await hold(*questions, late=late)
    assert [reply.reason for reply in decision.replies] == ["timeout", "timeout"]
    assert late == [(bid("a", 45), False)]
    assert trio.current_time() == 3.0


@pytest.mark.parametrize(("after_s", "in_time"), [(1.5, True), (2.0, True), (2.1, False)])
async def test_a_bid_after_an_early_decision_is_in_time_until_the_deadline(
    autojump_clock, after_s, in_time
):
    """At the very deadline too, whatever order trio runs its tasks in: so it is tried often."""
    for _ in range(50):
        late = []
        low = question("low", 0, after_s, bid("low", 20), ceiling=44)
        decision, _ = await hold(low, question("fast", 1, 0.2, bid("fast", 45)), late=late)
        assert decision.early
        assert late == [(bid("low", 20), in_time)]


async def test_when_all_have_answered_nothing_is_waited_for(autojump_clock):
    """Not for the deadline either, which an early decision leaves running."""
    late = []
    low = question("low", 0, 0.5, bid("low", 20), ceiling=44)
    start = trio.current_time()
    await hold(low, question("fast", 1, 0.2, bid("fast", 45)), late=late)
    assert trio.current_time() - start == 0.5


async def test_a_server_that_hangs_beyond_all_deadlines_still_decides(mock_clock):
    """What came before it hung counts; nothing is decided twice, and no caller is dropped."""

    def hang():
        mock_clock.jump(60)
        return bid("hung", 30)

    mock_clock.autojump_threshold = 0
    fast, slow = question("fast", 0, 0.2, bid("fast", 45)), question("slow", 1, 90, bid("slow", 50))
    decision, took_s = await hold(fast, slow, question("hung", 2, 0.5, hang))
    assert decision.replies == (
        bid("fast", 45),
        NoBid(TargetId("slow"), "timeout"),
        bid("hung", 30),
    )
    assert took_s == 60.5


async def test_a_bug_is_not_a_no_bid(autojump_clock):
    with pytest.RaisesGroup(KeyError, flatten_subgroups=True):
        await hold(question("a", 0, 0.1, KeyError("price")))


async def test_a_bug_after_the_decision_is_logged_and_hurts_nobody(autojump_clock, caplog):
    decision, _ = await hold(question("a", 0, 2.5, KeyError("price")))
    assert decision.replies == (NoBid(TargetId("a"), "timeout"),)
    assert "task.crashed auction" in caplog.text


async def test_a_caller_who_hangs_up_cancels_the_pings_at_once(autojump_clock):
    networks = []
    with trio.move_on_after(0.5):
        await hold(question("a", 0, 60, bid("a", 45)), networks=networks)
    assert [asked.cancelled_at for asked in networks[0].all] == [0.5]
