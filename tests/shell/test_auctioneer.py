"""The auctioneer with a wire that answers by a script, on virtual time."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import orjson
import pytest
import trio

from actors.shelter import open_shelter
from auctiond.auctioneer import Auctioneer
from auctiond.bank import Usage
from auctiond.call_log import CallLog
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.network_book import compile_edition
from buyers.library import load_library
from market.bids import BuyerId, TargetId
from market.call import BidCame, Call, State
from market.http import HttpReply
from market.money import micros
from market.network import Buyer, Campaign, Network, PingTarget, Publisher, Target, Tier
from tests.buyers.kit import small

CALL = Call(UUID(int=7), network=1, campaign="c", state=State.PINGING, facts=(("state", "TX"),))
WALLET = micros(1000)
NEEDS_ZIP = small(ping__request__fields={"zip": "{zip|required}"})
FORMATS = load_library() | {"small": NEEDS_ZIP}


@dataclass(frozen=True)
class Answer:
    """What a buyer says, and when."""

    dollars: float
    after_s: float = 0.01


@dataclass
class ScriptedWire:
    answers: dict[str, Answer]
    asked: list[str] = field(default_factory=list)

    async def send(self, request):
        name = request.url.partition("//")[2].partition(".")[0]
        self.asked.append(name)
        answer = self.answers[name]
        await trio.sleep(answer.after_s)
        body = orjson.dumps({"bid": answer.dollars, "number": "+15125550100"})
        return HttpReply(200, (), body)


def target(name, price_max=60, **more):
    ping = PingTarget("plain_json", f"http://{name}.example/ping")
    ids = {"id": TargetId(name), "buyer": BuyerId("buyer")}
    return replace(Target(**ids, ping=ping, price_max=micros(price_max)), **more)


def edition(*targets, strategy="auction"):
    tier = Tier(tuple(each.id for each in targets), strategy=strategy)
    campaign = Campaign("c", "C", "solar", (tier,), reserve=micros(5), deadline_ms=800)
    network = Network(
        "n", (campaign,), (Publisher("p", "P"),), (), (Buyer(BuyerId("buyer"), "B"),), targets
    )
    return compile_edition(1, network, FORMATS, str)


@dataclass
class Stage:
    auctioneer: Auctioneer
    wire: ScriptedWire
    told: list
    lag_ms: float = 0.0

    async def hold(self, edition):
        return await self.auctioneer.hold(CALL, edition)


@asynccontextmanager
async def opened(**answers):
    wire, told, usage = ScriptedWire(answers), [], Usage()
    usage.update({"wallet:buyer": (WALLET, 0)})
    log = CallLog(None, lambda: 0, Log())
    async with open_shelter(drain_s=5) as shelter:
        auctioneer = Auctioneer(
            wire,
            shelter,
            usage,
            Metrics(),
            log,
            now_ms=lambda: 0,
            lag_ms=lambda: stage.lag_ms,
            shed_after_ms=30.0,
            late_s=1.0,
            tell=lambda call_id, event: told.append((call_id, event)),
        )
        stage = Stage(auctioneer, wire, told)
        yield stage


def names(bids):
    return [bid.target for bid in bids]


async def test_a_busy_server_asks_nobody_and_does_again_when_it_is_quiet(autojump_clock):
    async with opened(a=Answer(10), b=Answer(12)) as stage:
        network = edition(target("a"), target("b"))
        stage.lag_ms = 31.0
        closed = await stage.hold(network)
        assert [(one.target, one.reason) for one in closed.others] == [("a", "shed"), ("b", "shed")]
        assert (stage.wire.asked, closed.ranked) == ([], ())
        stage.lag_ms = 30.0
        assert names((await stage.hold(network)).ranked) == ["b", "a"]


async def test_a_bid_says_how_long_it_took_and_what_it_counts_as(autojump_clock):
    async with opened(a=Answer(10, 0.25)) as stage:
        (bid,) = (await stage.hold(edition(target("a")))).ranked
    assert (bid.ms, bid.effective) == (250.0, micros(10))


@pytest.mark.parametrize(("after_s", "told"), [(0.5, ["slow"]), (0.8, ["slow"]), (0.9, [])])
async def test_a_bid_after_an_early_decision_comes_to_the_call_if_it_is_in_time(
    autojump_clock, after_s, told
):
    async with opened(best=Answer(50), slow=Answer(20, after_s)) as stage:
        closed = await stage.hold(edition(target("best"), target("slow", price_max=40)))
        assert names(closed.ranked) == ["best"]
        await trio.sleep(2)
        events = [event for _, event in stage.told]
    assert [event.bid.target for event in events] == told
    assert all(isinstance(event, BidCame) and event.worse == () for event in events)


async def test_who_could_not_be_asked_does_not_change_who_is_waited_for(autojump_clock):
    """An equal bid of an earlier place is waited for, though places before it were empty."""
    picky = PingTarget("small", "https://picky.example")
    targets = [target(name, ping=picky) for name in ("x1", "x2")]
    async with opened(first=Answer(60, 0.5), second=Answer(60)) as stage:
        closed = await stage.hold(edition(*targets, target("first"), target("second")))
    assert names(closed.ranked) == ["first", "second"]
    assert [one.reason for one in closed.others] == ["unmapped:zip"] * 2


@pytest.mark.parametrize("strategy", ["weighted", "round_robin"])
async def test_where_price_does_not_decide_everybody_is_waited_for(autojump_clock, strategy):
    async with opened(a=Answer(60), b=Answer(6, 0.7), c=Answer(60, 5)) as stage:
        network = edition(target("a"), target("b"), target("c"), strategy=strategy)
        start = trio.current_time()
        closed = await stage.hold(network)
        assert trio.current_time() - start == pytest.approx(0.8)
    assert set(names(closed.ranked)) == {"a", "b"}


async def test_round_robin_begins_with_the_next_at_every_call(autojump_clock):
    async with opened(a=Answer(10), b=Answer(10), c=Answer(10)) as stage:
        network = edition(target("a"), target("b"), target("c"), strategy="round_robin")
        firsts = [names((await stage.hold(network)).ranked)[0] for _ in range(4)]
    assert firsts == ["a", "b", "c", "a"]
