"""What crosses what: a leg that has ended does nothing any more, and its caller stays."""

from auctiond.sandbox.carrier import CarrierOptions
from tests.sandbox_carrier.fake_server import open_bench

BUYER = "+13105550111"
DIAL = {"to": BUYER, "park_after_unbridge": "self"}


def quick(hooks):
    return CarrierOptions(hooks=hooks, hurry=100.0)


async def test_a_phone_that_we_stopped_ringing_does_not_answer():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "answers", answer_after_s=0.1)
        session, ref = await bench.answered(script={"patience_s": 0.5})
        await bench.do(ref, "transfer", **DIAL)
        dialled = await bench.server.until("call.initiated", "outgoing")
        await bench.do(dialled["call_control_id"], "hangup")
        await bench.server.until("call.hangup", "incoming")
        (leg,) = (await bench.truth(session))["legs"]
        assert (leg["cause"], leg["answered_ms"]) == ("originator_cancel", None)
        assert bench.server.names("outgoing") == ["initiated", "hangup"]


async def test_a_buyer_we_end_before_the_join_is_never_joined():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "answers", answer_after_s=0.02)
        session, ref = await bench.answered(script={"patience_s": 0.5, "talk_s": 0.1})
        call = bench.carrier.exchange.calls[session]
        ended = []  # The join takes until the leg has ended.
        call.network = lambda: bench.server.until_true(lambda: ended)
        await bench.do(ref, "transfer", **DIAL)
        answered = await bench.server.until("call.answered", "outgoing")
        await bench.do(answered["call_control_id"], "hangup")
        ended.append(True)
        await bench.server.until("call.hangup", "incoming")
        (leg,) = (await bench.truth(session))["legs"]
        assert (leg["bridged_ms"], leg["talk_ms"]) == (None, 0)


async def test_what_was_planned_for_one_talk_does_not_end_the_wait_for_the_next():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "hangs_up", answer_after_s=0.0, hang_up_after_s=0.05)
        session, ref = await bench.answered(script={"talk_s": 0.1, "patience_s": 0.3})
        await bench.do(ref, "transfer", **DIAL)
        await bench.server.until("call.hangup", "incoming")
        truth = await bench.truth(session)
        assert truth["ended_ms"] - truth["legs"][0]["ended_ms"] == 300
