"""Sound as the telephone has it: 8,000 samples a second, 16 bits, one channel."""

from __future__ import annotations

import io
import math
import sys
import wave
from array import array
from pathlib import Path

RATE = 8000
WIDTH = 2
FRAME = 320  # Bytes of 20 ms.
FRAME_S = 0.02
LATE_MAX = 10 * FRAME  # Sound that waits to be written down. A network has delays of that size.
BEEP_HZ, BEEP_FRAMES = 1000, RATE * 3 // 10  # As answering machines have it.
SECONDS_MAX = 1800  # Of one recording that is played: half an hour of music is plenty.


def _beep() -> bytes:
    turn = 2 * math.pi * BEEP_HZ / RATE
    return array("h", (round(8000 * math.sin(turn * at)) for at in range(BEEP_FRAMES))).tobytes()


class BadSound(Exception):
    """This is no sound that we can play; the text says what would be right."""


BEEP = _beep()


def read_wav(content: bytes) -> bytes:
    """Return the sound in a WAV file. Raises BadSound."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(min(file.getnframes(), SECONDS_MAX * rate))
    except (wave.Error, EOFError):
        raise BadSound("expected a WAV file of PCM, 16 bits") from None
    if width != WIDTH or not 1 <= channels <= 2 or not 8000 <= rate <= 48_000:
        raise BadSound("expected WAV of 16 bits, one or two channels, 8,000 to 48,000 samples")
    samples = array("h", frames[: len(frames) // (WIDTH * channels) * WIDTH * channels])
    if sys.byteorder == "big":
        samples.byteswap()
    if channels == 2:
        pairs = zip(samples[::2], samples[1::2], strict=True)
        samples = array("h", ((left + right) // 2 for left, right in pairs))
    return to_telephone(samples, rate).tobytes()


def to_telephone(samples: array[int], rate: int) -> array[int]:
    """Return `samples` at 8,000 a second: the mean of those that each new one stands for.

    The mean takes out most of what a telephone cannot carry; speech stays clear.
    """
    if rate == RATE:
        return samples
    count = len(samples) * RATE // rate
    edges = [at * rate // RATE for at in range(count + 1)]
    windows = (samples[edges[at] : max(edges[at + 1], edges[at] + 1)] for at in range(count))
    return array("h", (sum(window) // len(window) for window in windows))


class Tape:
    """A recording under way: what a leg says and, where it is dual, what it hears beside it.

    A frame of both is written at each tick of the clock, so the file is as long as the time was.
    """

    def __init__(self, path: Path, began_ms: int, *, dual: bool) -> None:
        self.path = path
        self.began_ms = began_ms
        self.dual = dual
        self.paused = False
        self._said, self._heard = bytearray(), bytearray()
        self._file = wave.open(str(path), "wb")  # noqa: SIM115  `close` closes it.
        self._file.setnchannels(2 if dual else 1)
        self._file.setsampwidth(WIDTH)
        self._file.setframerate(RATE)

    def add(self, said: bytes, heard: bytes) -> None:
        """Write one frame; `said` and `heard` are what has come since the last, late or early."""
        mine, theirs = _next(self._said, said), _next(self._heard, heard)
        if self.paused:
            return
        if self.dual:
            both = array("h", bytes(2 * FRAME))
            both[0::2], both[1::2] = mine, theirs
        else:
            both = array("h", (_clip(a + b) for a, b in zip(mine, theirs, strict=True)))
        self._file.writeframesraw(both.tobytes())

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _clip(sample: int) -> int:
    return max(-32768, min(32767, sample))


def _next(waiting: bytearray, came: bytes) -> array[int]:
    """Return one frame of what waits; what is missing is silence, what is too late is dropped."""
    waiting += came
    del waiting[: max(0, len(waiting) - LATE_MAX)]
    frame = bytes(waiting[:FRAME]).ljust(FRAME, b"\0")
    del waiting[:FRAME]
    return array("h", frame)
