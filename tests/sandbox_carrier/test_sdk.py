"""The carrier's own SDK, held against the sandbox: as a receiver, and as a client."""

from base64 import b64encode

import pytest
import trio

from auctiond.sandbox.carrier import CarrierOptions
from market.phone import Arrived, Ended, Gathered
from telephony.telnyx import is_genuine, read_webhook
from tests.sandbox_carrier.fake_server import open_bench

BUYER = "+13105550111"


def quick(hooks):
    return CarrierOptions(hooks=hooks, hurry=100.0)


async def live(bench):
    """Lead one call through its life."""
    await bench.phone(BUYER, "answers", answer_after_s=0.01)
    order = {"name": "Ada", "lead": {"email": "ada@example.com"}}
    _, ref = await bench.answered(**order, script={"zip": "90210", "talk_s": 0.05})
    await bench.do(ref, "speak", payload="Hello", voice="f")
    await bench.server.until("call.speak.ended")
    await bench.do(ref, "gather_using_speak", payload="Zip?", voice="f", maximum_digits=5)
    await bench.server.until("call.gather.ended")
    await bench.do(ref, "playback_start", audio_url="https://x.example/a", loop="infinity")
    await bench.do(ref, "transfer", to=BUYER)
    await bench.server.until("call.hangup", None, 2)


async def test_every_webhook_is_signed_and_typed_as_the_sdk_has_it():
    from telnyx import Telnyx  # Two seconds: where it is used, not where tests are collected.

    async with open_bench(quick) as bench:
        await live(bench)
        key, server = bench.carrier.public_key, bench.server
    with Telnyx(api_key="KEY", public_key=b64encode(key).decode()) as sdk:
        for body, headers in zip(server.bodies, server.headers, strict=True):
            typed = sdk.webhooks.unwrap(body.decode(), headers=headers).data
            ours = read_webhook(body)
            assert is_genuine(body, headers, key, int(headers["telnyx-timestamp"]))
            assert type(typed).__name__.lower() == typed.event_type.replace(".", "")
            assert not typed.payload.model_extra, typed.event_type
            assert typed.id == ours.event_id
            assert typed.payload.call_session_id == ours.call_ref
            assert typed.payload.call_control_id == ours.ref
            match ours:
                case Arrived():
                    assert typed.payload.from_ == ours.caller
                    assert typed.payload.to == ours.dialled
                    assert typed.payload.shaken_stir_attestation == ours.attestation
                    assert ours.lead == {"email": "ada@example.com", "name": "Ada"}
                case Gathered():
                    assert typed.payload.digits == ours.digits
                case Ended():
                    assert typed.payload.hangup_source == "caller"
                    assert ours.caller_left
    assert len(server.bodies) > 15


async def test_the_sdk_can_command_the_sandbox():
    from telnyx import Telnyx, UnprocessableEntityError

    async with open_bench(quick) as bench:
        await bench.place()
        ref = (await bench.server.until("call.initiated"))["call_control_id"]
        with Telnyx(api_key="sandbox", base_url=bench.carrier.api_url, max_retries=0) as sdk:
            reply = await trio.to_thread.run_sync(lambda: sdk.calls.actions.answer(ref))
            assert reply.data.result == "ok"
            await bench.server.until("call.answered")
            status = await trio.to_thread.run_sync(lambda: sdk.calls.retrieve_status(ref))
            assert status.data.is_alive
            await trio.to_thread.run_sync(lambda: sdk.calls.actions.hangup(ref))
            with pytest.raises(UnprocessableEntityError, match="90018"):
                await trio.to_thread.run_sync(lambda: sdk.calls.actions.hangup(ref))
