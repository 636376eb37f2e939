"""Calls over real SIP through Kamailio: they ring while buyers bid, and go to who wins."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from auctiond.database import Where
from auctiond.networks.network_book import compile_edition
from auctiond.sandbox.sip.exact import Answerer, Leaver
from auctiond.sandbox.sip.kamailio import KamailioOptions, missing_for_kamailio, open_kamailio
from auctiond.sandbox.sip.sipp import Buyer, Caller, Refuser, call
from tests.sip.conftest import need
from tests.sip.kit import open_proxy_stage, phones
from tests.whole.networks import NUMBER, network_of, priced

BILLABLE_S = 0.4


@pytest.fixture(autouse=True)
def _installed():
    need(missing_for_kamailio())


@pytest.fixture
def where(pg_url):
    return Where(pg_url, None)


def causes(record) -> list[str]:
    """Return how the buyers' legs ended, in order."""
    return [
        row["data"].get("cause", "completed")
        for row in record["timeline"]
        if row["kind"] == "LegEnded"
    ]


async def test_busy_and_no_answer_go_to_the_next_bid_and_the_ledger_shows_the_money(
    where, tmp_path
):
    kinds = [Refuser(486, "Busy Here"), Buyer(ring_s=30), Buyer(0.1, 60)]
    async with phones(kinds, tmp_path) as (busy, slow, good):
        targets = (
            priced("busy", "30", busy, ring_s=5),
            priced("slow", "20", slow, ring_s=5),
            priced("good", "10", good, ring_s=5),
        )
        network = network_of(targets, fallback="", legs_max=3)
        async with open_proxy_stage(where, tmp_path, network) as stage:
            edge = stage.edge.sip
            headers = {"X-Lead-Name": "Ada Lovelace", "P-Asserted-Identity": "<sip:+12125550101@x>"}
            caller = Caller("+12125550101", NUMBER, 1.0, headers=headers)
            short = Caller("+12125550102", NUMBER, 0.1)
            await call(caller, edge, tmp_path)
            (record,) = await stage.over(1)
            assert record["disposition"] == "sold", record
            assert record["target"] == "good"
            assert causes(record) == ["busy", "no_answer", "completed"]
            await call(short, edge, tmp_path)
            lines = await stage.lines(2)
            assert sorted(line["disposition"] for line in lines) == ["sold", "under_duration"]
            await stage.server.no_hold_open()
            totals = await stage.server.totals()
            assert totals["captured"] == 10_000_000
            assert (await stage.server.wallet("good"))["balance_micros"] == 490_000_000
            assert (await stage.server.api.post("/v1/ledger/verify")).json()["verified"]


async def test_a_caller_who_gives_up_while_it_rings_ends_the_ring_and_no_next_buyer_is_rung(
    where, tmp_path
):
    async with phones([Buyer(ring_s=30), Buyer(0.1, 60)], tmp_path) as (slow, next_one):
        targets = (priced("slow", "20", slow), priced("next", "10", next_one))
        async with open_proxy_stage(where, tmp_path, network_of(targets, fallback="")) as stage:
            caller = Caller("+12125550103", NUMBER, patience_s=1.0)
            await call(caller, stage.edge.sip, tmp_path)
            (record,) = await stage.over(1)
            assert (record["disposition"], record["legs"]) == ("abandoned", 1)
            totals = await stage.server.totals()
            assert (totals["captured"], totals["open_holds"]) == (0, 0)


async def test_a_number_that_is_not_ours_is_refused(where, tmp_path):
    network = network_of((priced("any", "10", "sip:x@127.0.0.1:9"),), fallback="")
    async with open_proxy_stage(where, tmp_path, network) as stage:
        await call(Caller("+12125550105", "+19995550100"), stage.edge.sip, tmp_path)
        (record,) = await stage.over(1)
        assert (record["disposition"], record["blocked"]) == ("blocked", "unknown_number")


async def test_when_the_server_is_dead_calls_go_to_the_overflow(tmp_path):
    async with phones([Buyer(0.1, 1.0)], tmp_path) as (desk,):
        edge = tmp_path / "edge"
        edge.mkdir()
        options = KamailioOptions("http://127.0.0.1:9/hooks", edge, overflow=desk)
        async with open_kamailio(options) as kamailio:
            with trio.fail_after(30):
                await call(Caller("+12125550106", NUMBER, 30, 20), kamailio.sip, tmp_path)
        log = (edge / "kamailio.log").read_text()
        assert "overflow" in log
        assert "2125550106" not in log, "a number in a log"


async def test_the_longest_call_cuts_both_and_what_was_talked_is_paid(where, tmp_path):
    buyer = Answerer(ring_s=0.0)
    async with buyer.open():
        network = network_of((priced("good", "10", buyer.address),), fallback="")
        async with open_proxy_stage(where, tmp_path, network) as stage:
            put_shortest(stage.server, network, longest_s=2.0)
            caller = Leaver("+12125550107", NUMBER, stage.edge.sip, patience_s=60, talk_s=60)
            await caller.call()
            (record,) = await stage.over(1)
            assert not buyer.living, "the buyer's side was not hung up"
            assert (record["disposition"], causes(record)) == ("sold", ["max_duration"])
            assert 1000 <= record["talk_ms"] <= 4000, "by Kamailio's seconds"
            await stage.server.no_hold_open()
            totals = await stage.server.totals()
            assert (totals["captured"], totals["open_holds"]) == (10_000_000, 0)
            assert (await stage.server.api.post("/v1/ledger/verify")).json()["verified"]
            await stage.nothing_left()


def put_shortest(stage, network, longest_s):
    """Have calls end after `longest_s`: a network file has a minute at least."""
    campaigns = tuple(replace(one, longest_s=longest_s) for one in network.campaigns)
    book = stage.server.base.networks
    shorter = replace(network, campaigns=campaigns)
    book.put(compile_edition(book.version, shorter, {}, lambda name: ""), current=True)
