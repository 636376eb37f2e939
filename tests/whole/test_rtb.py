"""Publishers ping us, and send the call for the bid: the promise is kept, and by policy no more."""

from __future__ import annotations

import pytest

from auctiond.sandbox.people import person
from tests.whole.networks import FALLBACK, FIRST, NUMBER, SECOND
from tests.whole.publisher import SHARED, call, door, network_with, ping
from tests.whole.stage import SEED, open_stage, until

DOORS = (
    door(),
    door("by-sip", numbers=(), sip_host="rtb.example.com"),
    door("shared", numbers=(), shared_number=SHARED),
    door("short", numbers=(), sip_host="rtb.example.com", expiry_s=5.0, dial_s=1.0, grace_s=60.0),
    door("broker", "other", numbers=(), sip_host="rtb.example.com", margin_percent=50),
)


@pytest.fixture
async def stage(plan):
    """A stage with doors; the best buyer pays 20, so 14 are promised."""
    async with open_stage(plan, lambda ports: network_with(*DOORS)) as opened:
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        yield opened


async def payout(stage):
    """Return what was captured and what the publisher got of it, in dollars."""
    totals = await stage.totals()
    return totals["captured"] / 1e6, totals["payout"] / 1e6


def how_of(record):
    """Return what is on record of the bid that a call came for."""
    return next(row["data"]["how"] for row in record["timeline"] if row["kind"] == "rtb")


@pytest.mark.parametrize("path", ["door", "by-sip", "shared"])
async def test_the_publisher_accrues_what_it_was_promised(stage, path):
    bid = await ping(stage, path=f"production/{path}", zipcode="94103")
    assert (bid["outcome"], bid["bid"], bid["test"]) == ("bid", "14.00", False)
    record = await call(stage, bid)
    assert (record["disposition"], record["buyer"], how_of(record)) == ("sold", "first", "promised")
    assert record["facts"]["zip"] == "94103"
    assert await payout(stage) == (20.0, 14.0)
    truth = await stage.truth(record["call_ref"])
    assert truth["legs"][0]["caller_id"].startswith("+1555800")


async def test_ringbas_json_xml_and_query_and_the_number_can_be_called(stage):
    caller = person(SEED, 0).number
    url = f"{stage.url}/rtb/production/by-sip"
    by_query = await stage.people.get(f"{url}.json", params={"CID": caller, "sipOk": "yes"})
    told = by_query.json()
    assert (told["bidAmount"], told["expireInSeconds"]) == (14, 19)
    assert told["sipAddress"] == f"{told['bidId']}@rtb.example.com"
    xml = f'<?xml version="1.0" encoding="utf-16"?><bid_request><CID>{caller}</CID></bid_request>'
    by_xml = (await stage.people.post(f"{url}.json", content=xml.encode())).json()
    assert by_xml["bidId"] == told["bidId"]
    assert 230 in [one["code"] for one in by_xml["warnings"]]
    body = {"CID": caller, "zipcode": "10001"}
    by_json = await stage.people.post(f"{url}.xml", json=body)
    assert by_json.headers["content-type"] == "application/xml"
    assert "<BidAmount>14.00</BidAmount>" in by_json.text
    record = await stage.over(await stage.place(0, f"sip:{told['sipAddress']}", talk_s=0.6))
    assert record["disposition"] == "sold"
    assert await payout(stage) == (20.0, 14.0)


async def test_a_late_call_is_refused_with_its_reason(stage):
    bid = await ping(stage, path="production/short")
    server = stage.server
    live = server.base.live_bids.get(server.keeper.live.of_caller(index_of(stage, 0))[-1].id)
    live.expires_ms -= 60_000  # It ran out a minute ago.
    record = await call(stage, bid)
    assert (record["disposition"], record["blocked"]) == ("blocked", "rtb_expired")


async def test_a_call_of_another_caller_and_a_second_call_are_refused(stage):
    bid = await ping(stage, path="production/by-sip")
    record = await call(stage, bid, n=1)
    assert (record["disposition"], record["blocked"]) == ("blocked", "rtb_other_caller")
    assert (await call(stage, bid))["disposition"] == "sold"
    again = await call(stage, bid)
    assert (again["disposition"], again["blocked"]) == ("blocked", "rtb_second_call")
    assert await payout(stage) == (20.0, 14.0)


async def test_one_caller_by_two_publishers_in_one_second_has_two_bids_and_two_prices(stage):
    ours = await ping(stage, path="production/by-sip")
    theirs = await ping(stage, path="production/broker")
    assert (ours["bid"], theirs["bid"]) == ("14.00", "10.00")
    assert ours["id"] != theirs["id"]
    record = await call(stage, theirs)
    assert (record["disposition"], record["publisher"]) == ("sold", "other")
    assert await payout(stage) == (20.0, 10.0)


async def test_a_call_without_a_bid_is_an_ordinary_one_with_the_ordinary_payout(stage):
    record = await stage.call(talk_s=0.6)
    assert (record["disposition"], record["tracking_number"]) == ("sold", NUMBER)
    unmatched = await stage.over(await stage.place(1, SHARED, talk_s=0.6))
    assert (unmatched["disposition"], how_of(unmatched)) == ("sold", "rtb_unmatched")
    assert await payout(stage) == (40.0, 28.0)


async def test_a_bid_of_the_test_door_dials_nobody(stage):
    bid = await ping(stage, path="test/by-sip")
    assert bid["test"]
    record = await call(stage, bid)
    assert (record["disposition"], record["blocked"]) == ("blocked", "rtb_test_bid")
    assert (await stage.truth(record["call_ref"]))["legs"] == []


async def test_why_there_was_no_bid_is_told_to_the_operator(stage):
    shown = await ping(stage, path="production/by-sip")
    none = await stage.people.get(
        f"{stage.url}/rtb/test/by-sip", params={"force": "no_bids", "CID": person(SEED, 3).number}
    )
    assert none.json()["reason"] == "no_bids"

    async def both():
        bids = (await stage.get("/v1/rtb/bids?door=by-sip"))["bids"]
        return bids if len(bids) == 2 else None

    newest, oldest = await until(both)
    assert (newest["reason"], newest["who"], newest["test"]) == ("no_bids", "nobody", True)
    assert (oldest["id"], oldest["promised_micros"]) == (shown["id"], 14_000_000)
    whole = await stage.get(f"/v1/rtb/bids/{shown['id']}")
    rows = [(row["target"], row["rank"], row["price_micros"]) for row in whole["candidates"]]
    assert rows == [("first", 1, 20_000_000), ("second", 2, 10_000_000)]
    assert (await stage.api.get("/v1/rtb/bids/RTB12")).status_code == 400
    assert (await stage.people.get(f"{stage.url}/v1/rtb/bids")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/rtb/production/nobody", b"", 404),
        ("GET", "/rtb/production/door.txt", b"", 404),
        ("GET", "/rtb/sandbox/door", b"", 404),
        ("PUT", "/rtb/production/door", b"", 405),
        ("POST", "/rtb/production/door.json", b"<r>", 400),
        ("POST", "/rtb/production/door.json", b"x" * 65_537, 413),
    ],
)
async def test_what_is_no_ping_is_refused(stage, method, path, body, status):
    reply = await stage.people.request(method, stage.url + path, content=body)
    assert reply.status_code == status


async def test_nothing_of_the_caller_is_in_the_database_or_the_metrics(stage):
    caller = person(SEED, 0)
    fields = {"name": caller.name, "email": caller.email, "SubID": caller.street}
    await ping(stage, path="production/by-sip", zipcode="94103", **fields)
    (row,) = await stage.server.base.pg.fetch(
        "SELECT p::text || c::text AS text FROM rtb_ping p JOIN rtb_caller c ON c.ping_id = p.id"
    )
    text = row["text"] + await stage.metrics()
    for secret in (caller.number[2:], caller.name, caller.email, caller.street):
        assert secret not in text


def index_of(stage, n):
    return stage.server.base.vault.index(person(SEED, n).number)
