"""A ringing tone, as callers in North America know it: made here, played by the carrier."""

from __future__ import annotations

import io
import math
import wave
from array import array

from quart import Response
from quart_trio import QuartTrio

PATH = "/media/ringback.wav"
RATE = 8000  # Samples a second: a telephone has no more.
TONES_HZ = (440, 480)
RINGS_S, SILENT_S = 2, 4
LOUDNESS = 4000  # Of 32767, for each tone: a quarter, as phones do it.


def ringing() -> bytes:
    """Return two seconds of ringing and four of silence, to be played over and over."""
    samples = array("h", bytes(2 * RATE * (RINGS_S + SILENT_S)))
    for at in range(RATE * RINGS_S):
        turn = 2 * math.pi * at / RATE
        samples[at] = round(sum(LOUDNESS * math.sin(turn * hz) for hz in TONES_HZ))
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return written.getvalue()


def add_ringback(app: QuartTrio) -> None:
    """Add the route."""
    tone = ringing()

    @app.get(PATH)
    async def ringback() -> Response:
        return Response(tone, 200, {"cache-control": "public, max-age=86400"}, "audio/wav")
