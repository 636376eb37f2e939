"""The database is away: calls go on as far as they can without it, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors import call_actor
from auctiond.calls import call_work, intake
from auctiond.database import Where
from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.offers import destination
from auctiond.web import hooks
from market.call import State
from market.call_table import DEADLINE_S
from tests.whole.networks import BILLABLE_S, FALLBACK, FIRST, SECOND, TWO, network_of, pinged
from tests.whole.pg_proxy import open_pg_proxy
from tests.whole.stage import open_stage, until


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """What waits for a database that is away gives up sooner than in earnest."""
    monkeypatch.setattr(hooks, "INBOX_S", 0.3)
    monkeypatch.setattr(intake, "STORE_S", 0.5)
    monkeypatch.setattr(call_work, "RECORD_S", 0.3)
    monkeypatch.setattr(call_actor, "SETTLE_S", 0.5)
    monkeypatch.setitem(DEADLINE_S, State.AWARDING, 0.7)


@pytest.fixture
async def proxy(pg_server):
    """A way to the test server that can be cut."""
    async with open_pg_proxy(pg_server.embedded.socket_dir) as opened:
        yield opened


@pytest.fixture
def cuttable(plan, proxy, pg_database):
    """A plan whose database can be away."""
    url = f"postgresql://auctiond_app@/{pg_database}?host={proxy.folder}"
    return replace(plan, where=Where(url, None))


@pytest.fixture
async def stage(cuttable):
    """A stage with two buyers of a price whose phones are answered at once."""
    async with open_stage(cuttable, lambda ports: network_of(TWO)) as opened:
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        yield opened


async def status(stage, path):
    return (await stage.api.get(path)).status_code


def live(stage, state):
    """Return whether the one call is in a state: there is no asking the API now."""

    async def there():
        return [call.state.name for call in stage.server.desk.live()] == [state]

    return there


async def test_readyz_says_that_the_database_is_away_and_when_it_is_back(stage, proxy):
    assert await status(stage, "/readyz") == 200
    proxy.cut()
    reply = await stage.api.get("/readyz")
    assert (reply.status_code, reply.json()["detail"]) == (503, "the database is away")
    assert await status(stage, "/healthz") == 200
    proxy.mend()
    assert await status(stage, "/readyz") == 200


async def test_the_api_says_so_too_and_does_not_call_it_a_bug(stage, proxy, caplog):
    proxy.cut()
    for path in ("/v1/calls", "/v1/wallets", "/v1/network"):
        reply = await stage.api.get(path)
        assert (reply.status_code, reply.headers["content-type"]) == (
            503,
            "application/problem+json",
        )
    assert "Exception" not in caplog.text


async def test_a_new_call_gets_the_fallback_and_is_on_record_when_the_database_is_back(
    stage, proxy
):
    proxy.cut()
    session = await stage.place(talk_s=0.3)

    async def over():
        return (await stage.truth(session))["state"] == "ended"

    await until(over)
    (leg,) = (await stage.truth(session))["legs"]
    assert (leg["destination"], leg["talk_ms"]) == (FALLBACK, 300)
    proxy.mend()
    record = await stage.over(session)
    assert (record["disposition"], record["candidates"]) == ("unsold", [])
    assert record["timeline"][0]["kind"] == "Cleared"
    again = await stage.call(1, talk_s=BILLABLE_S)
    assert again["disposition"] == "sold"


async def test_a_live_call_goes_on_and_is_charged_once_when_the_database_is_back(stage, proxy):
    session = await stage.place(talk_s=BILLABLE_S + 0.4)
    await stage.in_state(session, "bridged")
    proxy.cut()

    async def over():
        return (await stage.truth(session))["state"] == "ended"

    await until(over)
    counter = 'auctiond_webhooks_total{carrier="telnyx",result="not_stored"}'
    await until(lambda: stage.metric(counter))
    proxy.mend()
    record = await stage.over(session)
    assert (record["disposition"], record["talk_ms"]) == ("sold", BILLABLE_S * 1000 + 400)
    await stage.no_hold_open()
    assert (await stage.totals())["captured"] == 20_000_000
    assert (await stage.wallet("first"))["balance"] == "480.00"
    assert (await stage.api.post("/v1/ledger/verify")).json()["verified"] is True


async def test_a_call_in_mid_ring_moves_on_by_webhooks_that_cannot_be_stored(stage, proxy):
    await stage.phone(FIRST, answer_after_s=0.5)
    session = await stage.place(talk_s=BILLABLE_S + 1.2)
    await stage.in_state(session, "dialing")
    proxy.cut()
    await until(live(stage, "BRIDGED"))
    proxy.mend()
    record = await stage.over(session)
    assert record["disposition"] == "sold"
    assert [row["kind"] for row in record["timeline"]].count("BuyerJoined") == 1
    await stage.no_hold_open()
    assert (await stage.totals())["captured"] == 20_000_000


async def test_the_lead_is_handed_over_when_the_disclosure_can_be_recorded(
    cuttable, proxy, monkeypatch
):
    monkeypatch.setattr(formats, "BILLABLE_S", 0)
    one = replace(cuttable, laws=("instant",))
    async with open_stage(one, lambda ports: network_of([pinged(0, ports[0])])) as stage:
        await stage.phone(destination(0), answer_after_s=0.5)
        session = await stage.place(talk_s=3.0)
        await stage.in_state(session, "dialing")
        proxy.cut()
        await until(live(stage, "BRIDGED"))
        assert stage.shops.posts() == []
        proxy.mend()
        record = await stage.over(session)
        assert len(stage.shops.posts()) == 1
        outcomes = [row["data"]["outcome"] for row in record["timeline"] if row["kind"] == "Posted"]
        assert outcomes == ["accepted"]


async def test_an_outage_right_before_the_award_costs_the_sale_and_not_the_server(stage, proxy):
    """The hold cannot be made, so nobody is rung; the caller is put through to the fallback."""
    base = stage.server.base
    append = base.calls.append_events

    async def cut_first(events):
        if any(event.kind == "BidsClosed" for event in events):
            proxy.cut()
        await append(events)

    base.call_log._append = cut_first  # The moment between the auction and the award.
    session = await stage.place(talk_s=0.2)

    async def over():
        return (await stage.truth(session))["state"] == "ended"

    await until(over)
    legs = (await stage.truth(session))["legs"]
    assert [leg["destination"] for leg in legs] == [FALLBACK]
    base.call_log._append = append
    proxy.mend()
    await stage.over(session)
    await stage.no_hold_open()
    assert (await stage.totals())["captured"] == 0
