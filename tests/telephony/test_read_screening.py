"""News of a buyer who is asked before the join, of machines, and of recordings."""

from uuid import UUID

import pytest

from market.phone import (
    Joined,
    MachineHeard,
    Other,
    Pressed,
    RecordingFailed,
    RecordingSaved,
    Screening,
    Spoken,
)
from telephony.telnyx import read_webhook
from tests.telephony.webhooks import CALL, state, webhook

OURS = {
    "event_id": "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
    "call_ref": "428c31b6-abf3-3bc1-b7f4-5013ef9657c1",
    "ref": "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0",
    "at_ms": 1517610327521,
    "carrier": "telnyx",
    "call_id": UUID(CALL),
}
TAKES = {"status": "valid", "digits": "1"}


def screened(name, **payload):
    return read_webhook(webhook(name, client_state=state(2, s=1), **payload))


@pytest.mark.parametrize(
    ("name", "payload", "event"),
    [
        ("call.answered", {}, Screening(**OURS, leg=2)),
        (
            "call.gather.ended",
            {"status": "valid", "digits": "1"},
            Pressed(**OURS, leg=2, accepted=True),
        ),
        ("call.gather.ended", {"status": "valid", "digits": "2"}, Pressed(**OURS, leg=2)),
        ("call.gather.ended", {"status": "timeout", "digits": ""}, Pressed(**OURS, leg=2)),
        ("call.speak.ended", {"status": "completed"}, Spoken(**OURS, leg=2)),
        ("call.bridged", {}, Joined(**OURS, leg=2)),
    ],
)
def test_who_is_asked_first_has_not_answered_the_call_yet(name, payload, event):
    assert screened(name, **payload) == event


@pytest.mark.parametrize(
    ("name", "result", "kind"),
    [
        ("call.machine.detection.ended", "machine", MachineHeard),
        ("call.machine.detection.ended", "human", Other),
        ("call.machine.detection.ended", "not_sure", Other),
        ("call.machine.premium.detection.ended", "machine", MachineHeard),
        ("call.machine.premium.detection.ended", "fax_detected", MachineHeard),
        ("call.machine.premium.detection.ended", "silence", Other),
        ("call.machine.premium.detection.ended", "human_business", Other),
    ],
)
def test_only_what_is_surely_a_machine_is_one(name, result, kind):
    assert type(read_webhook(webhook(name, client_state=state(2), result=result))) is kind


def recording(**changes):
    told = {
        "call_control_id": ...,
        "recording_urls": {"wav": "https://x.example/1.wav", "mp3": "https://x.example/1.mp3"},
        "recording_started_at": "2018-02-02T22:20:07.564412Z",
        "recording_ended_at": "2018-02-02T22:20:27.500000Z",
        "channels": "dual",
    }
    return read_webhook(webhook("call.recording.saved", client_state=state(0), **told | changes))


def test_a_recording_is_saved():
    said = OURS | {"ref": "", "leg": 0}
    assert recording() == RecordingSaved(
        **said,
        recording=OURS["event_id"],
        url="https://x.example/1.wav",
        duration_ms=19_936,
        channels="dual",
        began_ms=1_517_610_007_564,
    )
    mono = recording(recording_urls={"mp3": "https://x.example/1.mp3"}, channels="single")
    assert (mono.url, mono.channels) == ("https://x.example/1.mp3", "single")
    failed = webhook("call.recording.error", client_state=state(0), reason="?", call_control_id=...)
    assert read_webhook(failed) == RecordingFailed(**said)
