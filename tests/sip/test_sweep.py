"""A hundred and fifty callers who hang up around the buyer's answer: nobody pays for nothing."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from auctiond.database import Where
from auctiond.sandbox.sip.edge import missing_for_media
from auctiond.sandbox.sip.exact import Answerer, Leaver
from auctiond.sandbox.sip.kamailio import missing_for_kamailio, rung_after, talked_ms
from auctiond.sandbox.sip.sweep import (
    TRIAL,
    leaves_s,
    outcome,
    sweep,
    talk_ms,
    talk_s,
    usual_answer_ms,
)
from market.bids import BuyerId, TargetId
from market.money import micros
from market.network import Buyer, Tier, TrackingNumber
from tests.sip.conftest import need
from tests.sip.kit import open_media_stage, open_proxy_stage
from tests.whole.networks import NUMBER, network_of, priced
from tests.whole.stage import until

CALLS = 150
PATIENT_S = 60.0
BILLABLE_MS = 50  # The shortest talk is sold, so that a wrong charge would show.
SECOND_CHANCE = "+15558000001"  # Whoever calls it comes to a buyer who is busy first.


@asynccontextmanager
async def buyers():
    """Have a buyer who answers, another, and one who is busy."""
    three = (Answerer(0.3), Answerer(0.3), Answerer(0.0, "486 Busy Here"))
    async with AsyncExitStack() as stack:
        for one in three:
            await stack.enter_async_context(one.open())
        yield three


def network_for(three):
    """Return a network of two numbers: with the busy buyer's, all calls go to the second bid."""
    names = ("first", "second", "busy")
    targets = tuple(
        priced(name, price, phone.address, billable_after_s=BILLABLE_MS / 1000)
        for name, price, phone in zip(names, ("2", "1", "3"), three, strict=True)
    )
    network = network_of(targets, fallback="", reserve=micros("0.5"))
    (offer,) = network.campaigns
    once, again = (Tier((TargetId(name), TargetId("second"))) for name in ("first", "busy"))
    return replace(
        network,
        campaigns=(
            replace(offer, tiers=(once,)),
            replace(offer, id="again", tiers=(again,)),
        ),
        numbers=(*network.numbers, TrackingNumber(SECOND_CHANCE, "again", "pub")),
        buyers=tuple(Buyer(BuyerId(name), name) for name in names),
    )


async def _hung_up(phones) -> bool:
    """Tell whether every buyer's phone has hung up, with the other side's knowledge."""
    return not any(phone.living for phone in phones)


async def only_who_talked_pays(stage, lines, talks):
    """Hold the ledger against the switch's own record of talks, in ms, by the call."""
    due = {call for call, talked in talks.items() if talked >= BILLABLE_MS}
    sold = {
        line["call_ref"]: line["price_micros"] for line in lines if line["disposition"] == "sold"
    }
    assert sold.keys() == due, "who was charged is not who was bridged, and long enough"
    assert due, "nobody talked long enough"
    await stage.server.no_hold_open()
    totals = await stage.server.totals()
    assert (totals["captured"], totals["open_holds"]) == (sum(sold.values()), 0)
    assert (await stage.server.api.post("/v1/ledger/verify")).json()["verified"]


async def test_no_leg_is_left_nobody_unbridged_pays_and_nobody_is_rung_for_who_has_gone(
    pg_url, tmp_path
):
    need(missing_for_media())
    async with buyers() as three:
        network = network_for(three)
        async with open_media_stage(Where(pg_url, None), tmp_path, network) as stage:

            def caller(n: int, talk_s: float) -> Leaver:
                number = f"+1305555{n:04d}"
                return Leaver(number, NUMBER, stage.switch.sip, PATIENT_S, talk_s)

            await sweep([caller(n, 4.0) for n in range(TRIAL)])
            await stage.lines(TRIAL)
            await stage.nothing_left()
            usual_ms = usual_answer_ms(stage.switch.records())
            await sweep([caller(n, leaves_s(n, usual_ms)) for n in range(CALLS)])
            lines = await stage.lines(TRIAL + CALLS)
            await stage.nothing_left()
            records = stage.switch.records()
            seen = outcome(records)
            assert seen.calls == TRIAL + CALLS
            assert seen.rung_after == 0
            assert seen.bridged > TRIAL, "no caller was there when the buyer answered"
            assert seen.cancelled, "no caller left while the buyer's phone rang"
            talks = {told["call_session_id"]: talk_ms(told) for told in records}
            talks = {call: talked for call, talked in talks.items() if talked is not None}
            await only_who_talked_pays(stage, lines, talks)
            await until(lambda: _hung_up(three))
            assert not three[1].calls, "the next buyer was rung"


async def test_over_kamailio_too_and_a_busy_buyer_leads_to_the_next_only_for_who_is_there(
    pg_url, tmp_path
):
    need(missing_for_kamailio())
    async with buyers() as three:
        network = network_for(three)
        async with open_proxy_stage(Where(pg_url, None), tmp_path, network) as stage:

            def caller(n: int, patience_s: float, talk_s: float) -> Leaver:
                dialled = SECOND_CHANCE if n % 2 else NUMBER
                return Leaver(f"+1305555{n:04d}", dialled, stage.edge.sip, patience_s, talk_s)

            await sweep([caller(n, PATIENT_S, 0.2) for n in range(TRIAL)])
            usual_ms = stage.edge.usual_answer_ms()
            await sweep([caller(n, leaves_s(n, usual_ms), talk_s(n)) for n in range(CALLS)])
            lines = await stage.lines(TRIAL + CALLS)
            await stage.nothing_left()
            news = stage.edge.news()
            assert rung_after(news) == []
            joined = [one for one in news if one.what == "joined"]
            rung = [one for one in news if one.what == "ringing"]
            assert TRIAL < len(joined) < TRIAL + CALLS, "nobody was answered, or everybody"
            assert len(rung) > len(joined), "no caller left while the buyer's phone rang"
            talks = {one["call"]: talked_ms(one) for one in stage.edge.records()}
            assert talks.keys() == {one.call for one in joined}
            await only_who_talked_pays(stage, lines, talks)
            await until(lambda: _hung_up(three))
            assert sum(len(phone.calls) for phone in three) <= len(rung)
