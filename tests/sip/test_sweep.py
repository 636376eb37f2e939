"""A hundred and fifty callers who hang up around the buyer's answer: nobody pays for nothing."""

from __future__ import annotations

import trio

from auctiond.database import Where
from auctiond.sandbox.sip.edge import missing_for_media
from auctiond.sandbox.sip.sipp import Buyer, Caller, call
from auctiond.sandbox.sip.sweep import TRIAL, outcome, sweep, talk_ms, usual_answer_ms
from market.money import micros
from tests.sip.conftest import need
from tests.sip.kit import open_media_stage, phones
from tests.whole.networks import NUMBER, network_of, priced

CALLS = 150
PRICE = 2_000_000  # Of the 500 in the wallet all calls can be paid.
BILLABLE_S = 0.05


async def test_no_leg_is_left_nobody_unbridged_pays_and_nobody_is_rung_for_who_has_gone(
    pg_url, tmp_path
):
    need(missing_for_media())
    # The shortest talk is sold, so that a wrong charge would show.
    async with phones([Buyer(0.15, 60.0), Buyer(0.15, 60.0)], tmp_path) as (first, second):
        targets = (
            priced("first", "2", first, billable_after_s=BILLABLE_S),
            priced("second", "1", second, billable_after_s=BILLABLE_S),
        )
        network = network_of(targets, fallback="", reserve=micros("0.5"))
        async with open_media_stage(Where(pg_url, None), tmp_path, network) as stage:
            to = stage.switch.sip
            async with trio.open_nursery() as nursery:
                for n in range(TRIAL):
                    caller = Caller(f"+1212555{n:04d}", NUMBER, 1.5)
                    nursery.start_soon(call, caller, to, tmp_path)
            await stage.lines(TRIAL)
            await stage.nothing_left()
            usual_ms = usual_answer_ms(stage.switch.records())

            await sweep("+1305555", NUMBER, to, tmp_path, count=CALLS, usual_ms=usual_ms)
            ours = await stage.lines(TRIAL + CALLS)
            await stage.nothing_left()
            await stage.server.no_hold_open()
            records = stage.switch.records()
            seen = outcome(records)
            assert seen.calls == TRIAL + CALLS
            assert seen.rung_after == 0
            assert seen.bridged > TRIAL, "no caller was there when the buyer answered"
            assert seen.cancelled, "no caller left while the buyer's phone rang"

            talks = {told["call_session_id"]: talk_ms(told) for told in records}
            due = {one for one, talk in talks.items() if talk is not None and talk >= 50}
            sold = {one["call_ref"] for one in ours if one["disposition"] == "sold"}
            assert sold == due, "who was charged is not who was bridged, and long enough"
            assert len(due) < seen.bridged + seen.answered, "no talk was too short"
            totals = await stage.server.totals()
            assert totals["captured"] == len(sold) * PRICE
            assert (await stage.server.wallet("second"))["balance_micros"] == 500_000_000
            assert (await stage.server.api.post("/v1/ledger/verify")).json()["verified"]
