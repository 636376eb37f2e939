"""A carrier whose webhooks do not come through: the server asks, and calls come to their end.

Over sockets and with a database, so for a moment only; a whole minute of silence, from any state,
is `tests/recovery/test_quiet_minute.py`.
"""

from __future__ import annotations

from dataclasses import replace

from tests.whole.networks import FIRST, SECOND, TWO, network_of
from tests.whole.stage import open_stage, until


async def test_a_talk_ends_and_is_paid_for_while_no_webhook_comes_through(plan):
    asks_often = replace(plan, settings=(("poll_carrier_every_s", 1.0),))
    async with open_stage(asks_often, lambda ports: network_of(TWO)) as stage:
        for number in (FIRST, SECOND):
            await stage.phone(number)
        session = await stage.place(talk_s=1.5)
        await stage.in_state(session, "bridged")
        reply = await stage.people.put("/sandbox/webhooks", json={"quiet": True})
        assert reply.status_code == 200
        unheard = await stage.place(1)
        record = await stage.over(session)
        truth = await stage.truth(session)
        assert (record["disposition"], record["target"]) == ("sold", "first")
        assert record["talk_ms"] == truth["talk_ms"] == 1500  # The carrier knows when it ended.
        assert (await stage.wallet("first"))["balance"] == "480.00"

        await stage.people.put("/sandbox/webhooks", json={"quiet": False})

        async def came():  # Carriers try again, and the call begins late.
            return await stage.line(unheard)

        await until(came)
        late = await stage.over(unheard)
        assert late["disposition"] in ("sold", "abandoned")
        await stage.no_hold_open()
        counts = (await stage.people.get("/sandbox/webhooks")).json()
        assert counts["quiet"] > 0
