"""The desk: within the publisher's time, one promise for one question, and a reason for each no."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from auctiond.networks.network_book import compile_edition
from auctiond.rtb.live import LiveBids
from market.money import micros
from tests.calls.kit import bid, now_ms
from tests.rtb.desk_stand import ANN, BOB, WIDE, open_stand
from tests.rtb.kit import ANN_NUMBER, POOL, SHARED, START_MS, closed, door, id_of
from tests.whole.networks import TWO, network_of


async def test_a_ping_gets_a_promise_that_is_on_record(autojump_clock):
    async with open_stand() as stand:
        answer = await stand.ask(ANN | {"zipcode": "94103"})
        assert (answer.bid.promised, answer.bid.number, answer.warnings) == (
            micros(14),
            POOL[0],
            (),
        )
        assert dict(answer.bid.facts)["zip"] == "94103"
        (row,) = stand.store.rows
        assert (row.id, row.reason, row.promised) == (answer.id, "", micros(14))
        assert ANN_NUMBER not in repr(row)
        assert stand.live.get(answer.id) is answer.bid
        assert stand.count("bid") == 1


async def test_buyers_are_told_less_than_we_enforce_and_we_answer_before_our_deadline(
    autojump_clock,
):
    async with open_stand(
        door(told_ms=700, deadline_ms=900), took_s=60.0, tiers=[closed()]
    ) as stand:
        start = trio.current_time()
        answer = await stand.ask()
        assert answer.reason == "tag_filter"
        ((call, window),) = stand.auctions.held
        assert window.told_ms == 700
        assert window.deadline - start == pytest.approx(0.85)
        assert trio.current_time() - start == pytest.approx(0.85)
        assert call.id == answer.id


async def test_the_deadline_counts_from_when_the_request_came(autojump_clock):
    async with open_stand() as stand:
        start = trio.current_time()
        await trio.sleep(0.3)
        await stand.desk.ask(stand.desk.door("door"), ANN, start)
        ((_, window),) = stand.auctions.held
        assert window.deadline - start == pytest.approx(0.85)
        assert window.told_ms == pytest.approx(400, abs=1)


async def test_a_request_that_came_too_late_is_not_asked_about(autojump_clock):
    async with open_stand() as stand:
        start = trio.current_time()
        await trio.sleep(0.82)
        answer = await stand.desk.ask(stand.desk.door("door"), ANN, start)
        assert (answer.reason, stand.auctions.held) == ("too_late", [])


async def test_a_promise_that_cannot_be_written_down_in_time_is_none(autojump_clock):
    async with open_stand(door(numbers=POOL[:1]), store_s=60.0) as stand:
        start = trio.current_time()
        assert (await stand.ask()).reason == "too_late"
        assert trio.current_time() - start == pytest.approx(0.9)
        assert len(stand.live) == 0
        assert stand.live.reserve(POOL[:1]) == POOL[0]


async def test_the_next_tier_is_asked_with_what_is_left_of_the_time(autojump_clock):
    tiers = [closed(first="timeout"), closed(bid("second", "10"))]
    async with open_stand(took_s=0.2, tiers=tiers) as stand:
        two = replace(TWO_TIERS, rtb=(door(),))
        stand.desk.networks.put(compile_edition(2, two, {}, str), current=True)
        answer = await stand.ask()
        assert answer.bid.promised == micros(7)
        assert [call.tier for call, _ in stand.auctions.held] == [0, 1]
        assert stand.auctions.held[1][1].told_ms == pytest.approx(500, abs=1)
        assert len(answer.bid.auctions) == 2


ONE_TIER = network_of(TWO)
TWO_TIERS = replace(
    ONE_TIER,
    campaigns=(replace(ONE_TIER.campaigns[0], tiers=ONE_TIER.campaigns[0].tiers * 2),),
)


async def test_the_same_caller_and_facts_get_the_same_bid_while_there_is_time_to_call(
    autojump_clock,
):
    async with open_stand(door(numbers=WIDE)) as stand:
        first = await stand.ask()
        await trio.sleep(10)
        again = await stand.ask()
        assert (again.id, again.warnings, again.left_s) == (first.id, (230,), 10)
        other_facts = await stand.ask(ANN | {"zipcode": "10001"})
        assert other_facts.id != first.id
        await trio.sleep(6)  # Under five seconds are left of the first.
        late = await stand.ask()
        assert late.id != first.id
        assert late.warnings == ()
        assert (stand.count("bid"), stand.count("cached")) == (3, 1)


async def test_the_same_question_twice_at_once_is_one_auction(autojump_clock):
    async with open_stand() as stand:
        one, other = await stand.asks(ANN, ANN)
        assert one.id == other.id
        assert len(stand.auctions.held) == 1
        assert sorted([one.warnings, other.warnings]) == [(), (230,)]


async def test_nobody_shares_the_bid_of_another_caller_or_of_one_who_is_not_named(autojump_clock):
    async with open_stand() as stand:
        answers = await stand.asks(ANN, BOB)
        assert answers[0].id != answers[1].id
    async with open_stand() as stand:
        answers = await stand.asks({}, {})
        assert answers[0].id != answers[1].id
        assert answers[0].warnings == (200,)


async def test_a_bid_is_never_cached_over_to_another_publisher(autojump_clock):
    other = door("other", publisher="other", margin_percent=50, numbers=WIDE)
    async with open_stand(door(numbers=WIDE), other) as stand:
        ours, theirs = await stand.ask(), await stand.ask(at="other")
        assert (ours.bid.promised, theirs.bid.promised) == (micros(14), micros(10))
        assert ours.id != theirs.id


async def test_while_a_better_source_has_a_bid_for_the_caller_others_get_none(autojump_clock):
    second = door("second", publisher="other", priority=2, numbers=WIDE)
    async with open_stand(door(numbers=WIDE), second) as stand:
        assert (await stand.ask(at="second")).bid
        first = await stand.ask()
        assert first.bid
        assert (await stand.ask(at="second")).reason == "source_priority"
        assert (await stand.ask(BOB, at="second")).reason == ""
        await trio.sleep(21)
        assert (await stand.ask(at="second")).bid


async def test_a_door_and_a_caller_may_come_so_often(autojump_clock):
    slow = door(rate_max=3, caller_rate_max=2, numbers=WIDE)
    other = door("other", publisher="other", caller_rate_max=2, numbers=WIDE)
    async with open_stand(slow, other) as stand:
        reasons = [(await stand.ask()).reason for _ in range(4)]
        assert reasons == ["", "", "caller_rate_limited", "rate_limited"]
        assert (await stand.ask(at="other")).reason == "caller_rate_limited"
        assert (await stand.ask(BOB, at="other")).reason == ""
        await trio.sleep(60)
        assert (await stand.ask()).reason == ""
        assert len(stand.store.rows) == 3  # Floods are counted, and not written down.


async def test_our_own_ping_that_comes_back_is_a_loop(autojump_clock):
    async with open_stand(known=(id_of(77),)) as stand:
        assert (await stand.ask(BOB | {"subid": f"{id_of(77).hex}-0"})).reason == "loop"
        assert (await stand.ask(BOB | {"subid": f"{id_of(78).hex}-0"})).bid


@pytest.mark.parametrize(
    ("terms", "fields", "reason", "detail"),
    [
        ({"paused": True}, ANN, "disabled", ""),
        ({"caller_id_required": True}, {}, "caller_id_required", ""),
        ({"caller_id_required": True}, {"cid": "anonymous"}, "invalid_caller_id", ""),
        ({"required": ("zip",)}, ANN, "required_field_missing", "zip"),
        ({"margin_percent": 100}, ANN, "below_margin", ""),
        ({"numbers": (), "sip_host": "x.example"}, ANN | {"sipok": "no"}, "no_way_to_call", ""),
        ({"numbers": (), "shared_number": SHARED}, {}, "no_way_to_call", ""),
    ],
)
async def test_a_no_has_its_reason_and_is_written_down(
    terms, fields, reason, detail, autojump_clock
):
    async with open_stand(door(**terms)) as stand:
        answer = await stand.ask(fields)
        assert (answer.reason, answer.detail, answer.bid) == (reason, detail, None)
        await trio.sleep(1)
        assert [row.reason for row in stand.store.rows] == [reason]


async def test_each_bid_takes_a_number_and_when_all_are_leased_there_is_none(autojump_clock):
    async with open_stand() as stand:
        numbers = {(await stand.ask({"cid": f"+1415555010{n}"})).bid.number for n in range(2)}
        assert numbers == set(POOL)
        assert (await stand.ask(BOB)).reason == "no_numbers"
        await trio.sleep(81)
        assert (await stand.ask(BOB)).bid


@pytest.mark.parametrize(
    ("sip", "number", "warnings"), [("yes", "", ()), ("no", POOL[0], (205,)), ("", POOL[0], (205,))]
)
async def test_by_sip_no_number_is_used_up(sip, number, warnings, autojump_clock):
    async with open_stand(door(sip_host="rtb.example.com")) as stand:
        answer = await stand.ask(ANN | {"sipok": sip})
        assert (answer.bid.number, answer.warnings) == (number, warnings)
        named = f"RTB{answer.id.hex}@rtb.example.com"
        assert answer.bid.sip == ("" if sip == "no" else named)


async def test_only_so_many_bids_live(autojump_clock):
    async with open_stand(live=LiveBids(most=1)) as stand:
        assert (await stand.ask()).bid
        assert (await stand.ask(BOB)).reason == "too_many_bids"


async def test_without_pass_through_the_doors_own_bid_is_promised_and_nobody_asked(autojump_clock):
    async with open_stand(door(pass_through=False, bid=micros(9))) as stand:
        answer = await stand.ask()
        assert (answer.bid.promised, answer.bid.auctions) == (micros(9), ())
        assert stand.auctions.held == []
        stand.desk.promiser.usage.update({f"wallet:{t.buyer}": (0, 0) for t in TWO})
        assert (await stand.ask(BOB)).reason == "no_capacity"


async def test_who_hangs_up_takes_nothing_along(autojump_clock):
    async with open_stand() as stand:
        with trio.move_on_after(0.05):
            await stand.ask()
        await trio.sleep(1)
        assert len(stand.live) == 1
        assert (await stand.ask()).warnings == (230,)


async def test_the_test_door_runs_everything_and_can_be_told_what_to_answer(autojump_clock):
    async with open_stand() as stand:
        answer = await stand.ask(test=True)
        assert (answer.bid.test, answer.warnings) == (True, (220,))
        assert len(stand.auctions.held) == 1
        forced = await stand.ask(BOB | {"force": "bid"}, test=True)
        assert forced.bid.promised == micros(10)
        assert (await stand.ask(BOB | {"force": "no_numbers"}, test=True)).reason == "no_numbers"
        assert len(stand.auctions.held) == 1
        assert stand.live.reserve(POOL) == POOL[0]  # No number was leased.
        assert (await stand.ask()).id != answer.id
        assert now_ms() >= START_MS


async def test_overloaded_nobody_is_asked_but_what_was_promised_is_still_told(autojump_clock):
    async with open_stand() as stand:
        promised = await stand.ask(ANN)
        stand.desk = replace(stand.desk, is_busy=lambda: True)
        assert (await stand.ask(BOB)).reason == "busy"
        assert (await stand.ask(ANN)).id == promised.id
        await trio.sleep(1)
        assert (len(stand.auctions.held), len(stand.store.rows)) == (1, 1)  # A flood is not kept.
