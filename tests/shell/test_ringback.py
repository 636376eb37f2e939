"""The ringing tone is a sound file that a carrier can play."""

from __future__ import annotations

import io
import wave

from auctiond.web.ringback import RATE, ringing


def test_it_rings_two_seconds_in_six():
    with wave.open(io.BytesIO(ringing())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, 6 * RATE)
        samples = memoryview(file.readframes(6 * RATE)).cast("h")
    assert max(samples[: 2 * RATE]) > 7000
    assert max(samples) < 8200
    assert not any(samples[2 * RATE :])
