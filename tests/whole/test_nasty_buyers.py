"""Buyers' answers of every nasty kind: a reason in the record, never an error, never a sale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auctiond.calls import confirming
from auctiond.sandbox.buyers.laws import GARBAGE
from market.money import micros
from tests.whole.networks import BILLABLE_S, network_of, pinged, priced
from tests.whole.stage import open_stage

HONEST = "+15557119999"
LOW = priced("honest", "2", HONEST)


def network(name, **campaign):
    """Return how to make a network of nasty buyers who speak `name`, and one honest one."""

    def make(ports):
        nasty = [
            pinged(n, port, name, price_max=micros(60), destination="")
            for n, port in enumerate(ports)
        ]
        return network_of([*nasty, LOW], **campaign)

    return make


async def reasons_of(stage, **script):
    """Return why each lost in a call that the honest buyer won."""
    await stage.phone(HONEST)
    session = await stage.place(talk_s=BILLABLE_S, **script)
    record = await stage.over(session)
    assert (record["disposition"], record["target"]) == ("sold", "honest")
    assert [leg["destination"] for leg in (await stage.truth(session))["legs"]] == [HONEST]
    assert stage.shops.posts() == []
    return [row["reason"] for row in sorted(record["candidates"], key=by_number)][:-1]


def by_number(row):
    number = row["target"].rpartition("-")[2]
    return int(number) if number.isdecimal() else 999


REASONS = {
    "html": {"unparseable"},
    "broken_json": {"unparseable"},
    "nan_price": {"unparseable"},
    "negative_price": {"unparseable", "no_price"},  # Some formats take what is below zero for none.
    "dollar_text": {"over_ceiling"},  # Readable, and far over what the target may bid.
    "huge_price": {"over_ceiling"},
    "zero_with_id": {"reject"},
    "no_number": {"no_number"},
    "empty": {"unparseable"},
    "huge_body": {"too_large"},
    "length_too_long": {"dropped"},
    "length_too_short": {"unparseable"},
    "truncated": {"dropped"},
    "not_http": {"unparseable"},
}


@pytest.mark.parametrize("name", ["plain_json", "ringba", "trackdrive", "retreaver"])
async def test_nonsense_of_every_kind_loses_to_an_honest_bid(plan, name, caplog, monkeypatch):
    monkeypatch.setenv("RETREAVER_KEY", "key")
    laws = ("garbage",) * len(GARBAGE)
    async with open_stage(replace(plan, laws=laws), network(name)) as stage:
        for n, shop in enumerate(stage.shops.shops):
            shop.stats.pings = n  # The n-th ping gets the n-th kind.
        reasons = dict(zip(GARBAGE, await reasons_of(stage), strict=True))
    wrong = {kind: reason for kind, reason in reasons.items() if reason not in REASONS[kind]}
    assert (wrong, reasons.keys()) == ({}, REASONS.keys())
    assert "crashed" not in caplog.text


BAD_MANNERS = {  # Law, its ping, and the reason in the record.
    "dead": (0, "timeout"),
    "refuses": (0, "connect_error"),
    "drip": (0, "timeout"),
    "flapping": (30, "http"),
    "closes": (1, "dropped"),
    "late": (0, "late"),
}


async def test_bad_manners_of_every_kind_lose_to_an_honest_bid(plan, caplog):
    """Time for all to show their manners in, and to hear who is late, on the slowest machine."""
    patient = network("plain_json", deadline_ms=2000, told_ms=1900)
    plan = replace(plan, laws=tuple(BAD_MANNERS), settings=(("late_ping_s", 10.0),))
    async with open_stage(plan, patient) as stage:
        for shop, (ping, _) in zip(stage.shops.shops, BAD_MANNERS.values(), strict=True):
            shop.stats.pings = ping
        reasons = dict(zip(BAD_MANNERS, await reasons_of(stage), strict=True))
    assert reasons == {law: reason for law, (_, reason) in BAD_MANNERS.items()}
    assert "crashed" not in caplog.text


async def test_who_bids_and_never_confirms_loses_the_call_to_the_next_bid(plan, monkeypatch):
    monkeypatch.setenv("RETREAVER_KEY", "key")
    monkeypatch.setattr(confirming, "CONFIRM_S", 0.5)
    async with open_stage(replace(plan, laws=("mute_after",)), network("retreaver")) as stage:
        assert await reasons_of(stage) == ["confirm_unknown"]
        await stage.no_hold_open()
        assert (await stage.wallet("buyer-0"))["free"] == "500.00"
