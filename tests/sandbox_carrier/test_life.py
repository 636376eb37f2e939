"""A call's whole life between the sandbox carrier and a server, over real sockets."""

from auctiond.sandbox.carrier import CarrierOptions
from tests.sandbox_carrier.fake_server import open_bench

BUYER = "+13105550111"
DIAL = {
    "to": BUYER,
    "from": "+12025550100",
    "timeout_secs": 5,
    "park_after_unbridge": "self",
    "target_leg_client_state": "Yg==",
}


def quick(hooks, **more):
    return CarrierOptions(hooks=hooks, hurry=100.0, **more)


async def test_a_call_is_answered_asked_joined_and_ended_by_the_caller():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "answers", answer_after_s=0.02)
        script = {"zip": "90210", "talk_s": 0.25}
        session, ref = await bench.answered(
            name="Ada Lovelace", lead={"email": "ada@example.com"}, script=script
        )
        await bench.do(ref, "speak", payload="Hello there", voice="female", client_state="YQ==")
        await bench.server.until("call.speak.ended")
        ask = {"payload": "Your zip?", "voice": "female", "minimum_digits": 5, "maximum_digits": 5}
        await bench.do(ref, "gather_using_speak", **ask)
        gathered = await bench.server.until("call.gather.ended")
        assert (gathered["digits"], gathered["status"]) == ("90210", "valid")
        await bench.do(ref, "playback_start", audio_url="https://x.example/a", loop="infinity")
        await bench.do(ref, "transfer", **DIAL)
        await bench.server.until("call.hangup", "outgoing")
        hangup = await bench.server.until("call.hangup", "incoming")
        truth = await bench.truth(session)

    assert hangup["client_state"] == "YQ=="
    assert (hangup["hangup_cause"], hangup["hangup_source"]) == ("normal_clearing", "caller")
    arrival = bench.server.events[0]["payload"]
    assert arrival["caller_id_name"] == "Ada Lovelace"
    assert arrival["custom_headers"] == [{"name": "X-Lead-Email", "value": "ada@example.com"}]
    outgoing = ["initiated", "answered", "bridged", "hangup"]
    assert bench.server.names("outgoing") == outgoing
    incoming = bench.server.names("incoming")
    assert incoming[-3:] == ["playback.ended", "bridged", "hangup"]
    assert incoming.count("bridged") == 1
    assert (truth["state"], truth["talk_ms"]) == ("ended", 250)
    assert truth["legs"][0]["destination"] == BUYER


async def test_a_buyer_hangs_up_at_the_exact_time_and_the_caller_stays():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "hangs_up", answer_after_s=0.0, hang_up_after_s=0.137)
        session, ref = await bench.answered(script={"talk_s": 60})
        await bench.do(ref, "transfer", **DIAL)
        hangup = await bench.server.until("call.hangup")
        truth = await bench.truth(session)
        assert hangup["client_state"] == "Yg=="
        assert hangup["hangup_source"] == "callee"
        assert (truth["state"], truth["talk_ms"]) == ("answered", 137)
        assert (await bench.do(ref, "speak", payload="Sorry", voice="f")).status_code == 200
        await bench.server.until("call.speak.ended")


async def test_without_parking_the_caller_goes_with_the_buyer():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "hangs_up", answer_after_s=0.0, hang_up_after_s=0.05)
        session, ref = await bench.answered()
        await bench.do(ref, "transfer", to=BUYER)
        hangup = await bench.server.until("call.hangup", "incoming")
        assert hangup["hangup_source"] == "callee"
        assert (await bench.truth(session))["state"] == "ended"


async def test_a_caller_who_leaves_while_it_rings_cancels_the_ring():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "no_answer")
        session, ref = await bench.answered()
        await bench.do(ref, "transfer", **DIAL)
        await bench.server.until("call.initiated", "outgoing")
        await bench.http.post(f"/sandbox/calls/{session}/hangup")
        hangup = await bench.server.until("call.hangup", "outgoing")
        assert (hangup["hangup_cause"], hangup["hangup_source"]) == ("originator_cancel", "caller")
        assert hangup["sip_hangup_cause"] == "487"
        dead = await bench.do(ref, "transfer", **DIAL)
        assert (dead.status_code, dead.json()["errors"][0]["code"]) == (422, "90018")


async def test_busy_declined_and_slow_buyers_leave_the_caller_where_it_is():
    cases = [("busy", "user_busy"), ("declines", "call_rejected"), ("no_answer", "timeout")]
    async with open_bench(lambda hooks: quick(hooks, shortest_ring_s=1)) as bench:
        session, ref = await bench.answered()
        for count, (behaviour, cause) in enumerate(cases, start=1):
            await bench.phone(BUYER, behaviour, answer_after_s=0.01)
            assert (
                await bench.do(ref, "transfer", **DIAL | {"timeout_secs": 1})
            ).status_code == 200
            ended = await bench.server.until("call.hangup", "outgoing", count)
            assert ended["hangup_cause"] == cause
        assert (await bench.truth(session))["state"] == "answered"


async def test_a_caller_who_leaves_during_a_question_ends_it():
    async with open_bench(quick) as bench:
        session, ref = await bench.answered(script={"zip": None})
        await bench.do(ref, "gather_using_speak", payload="Zip?", voice="f")
        await bench.http.post(f"/sandbox/calls/{session}/hangup")
        gathered = await bench.server.until("call.gather.ended")
        assert gathered["status"] == "call_hangup"
        await bench.server.until("call.hangup")
        assert bench.server.names("incoming")[-2:] == ["gather.ended", "hangup"]


async def test_a_caller_who_types_nothing_or_nonsense_is_heard_so():
    async with open_bench(quick) as bench:
        ask = {"payload": "Zip?", "voice": "f", "minimum_digits": 5, "maximum_digits": 5}
        ask |= {"timeout_millis": 20, "inter_digit_timeout_millis": 20}
        for count, (typed, status) in enumerate([(None, "timeout"), ("12", "invalid")], start=1):
            session = await bench.place(script={"zip": typed})
            bench_call = bench.carrier.exchange.calls[session]
            await bench.do(bench_call.a.ref, "answer")
            await bench.server.until("call.answered", "incoming", count)
            await bench.do(bench_call.a.ref, "gather_using_speak", **ask)
            gathered = await bench.server.until("call.gather.ended", None, count)
            assert (gathered["digits"], gathered["status"]) == (typed or "", status)


async def test_a_call_that_nobody_commands_is_ended():
    async with open_bench(lambda hooks: quick(hooks, first_command_s=0.05)) as bench:
        session = await bench.place()
        hangup = await bench.server.until("call.hangup")
        assert hangup["hangup_cause"] == "timeout"
        assert (await bench.truth(session))["answered_ms"] is None


async def test_patience_ends_before_an_auction_that_takes_too_long():
    async with open_bench(quick) as bench:
        session, _ = await bench.answered(script={"patience_s": 1.0})
        hangup = await bench.server.until("call.hangup")
        truth = await bench.truth(session)
        assert hangup["hangup_source"] == "caller"
        assert truth["ended_ms"] - truth["arrived_ms"] == 1000


async def test_our_hangup_of_a_ringing_buyer_leaves_the_caller_alone():
    async with open_bench(quick) as bench:
        await bench.phone(BUYER, "no_answer")
        session, ref = await bench.answered()
        await bench.do(ref, "transfer", **DIAL)
        dialled = await bench.server.until("call.initiated", "outgoing")
        await bench.do(dialled["call_control_id"], "hangup", client_state="aA==")
        hangup = await bench.server.until("call.hangup", "outgoing")
        assert (hangup["hangup_cause"], hangup["client_state"]) == ("originator_cancel", "aA==")
        assert (await bench.truth(session))["state"] == "answered"
