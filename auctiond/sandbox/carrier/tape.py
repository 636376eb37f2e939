"""What the carrier records of a leg: begun, paused and ended by commands, and a real WAV to fetch.

The caller's side is one tone and the other side another; what was paused is not in it.
"""

from __future__ import annotations

import io
import math
import wave
from array import array
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Literal
from uuid import uuid4

RATE = 8000  # Samples a second: a telephone has no more.
TONES_HZ = (440, 620)  # Of the caller, of the other side. Whole turns in a second.
LOUDNESS = 8000  # Of 32767.
URL_MS = 600_000  # For so long an address is good, as the real carrier has it.


@dataclass(slots=True)
class Tape:
    channels: Literal["single", "dual"]
    began_ms: int
    id: str = field(default_factory=lambda: str(uuid4()))
    url: str = ""
    told_at: str = ""  # Where its end is told, where a command says that.
    paused_ms: int | None = None  # Since when.
    left_out_ms: int = 0
    ended_ms: int = 0  # 0: it goes on.

    def pause(self, at_ms: int) -> None:
        """Leave out what follows."""
        self.paused_ms = at_ms if self.paused_ms is None else self.paused_ms

    def resume(self, at_ms: int) -> None:
        """Take up again."""
        if self.paused_ms is not None:
            self.left_out_ms += at_ms - self.paused_ms
            self.paused_ms = None

    def end(self, at_ms: int) -> None:
        """End it."""
        self.resume(at_ms)
        self.ended_ms = at_ms

    @property
    def length_ms(self) -> int:
        """How long what was recorded is."""
        return max(0, self.ended_ms - self.began_ms - self.left_out_ms)

    def wav(self) -> bytes:
        """Return the file."""
        sides = 2 if self.channels == "dual" else 1
        written = io.BytesIO()
        with wave.open(written, "wb") as file:
            file.setnchannels(sides)
            file.setsampwidth(2)
            file.setframerate(RATE)
            frames, second = RATE * self.length_ms // 1000, _second(sides)
            whole, rest = divmod(frames, RATE)
            file.writeframes(second * whole + second[: rest * sides * 2])
        return written.getvalue()


@cache
def _second(sides: int) -> bytes:
    """Return one second of sound, of as many sides."""
    turns = [
        [round(LOUDNESS * math.sin(2 * math.pi * hz * at / RATE)) for at in range(RATE)]
        for hz in TONES_HZ[:sides]
    ]
    return array("h", chain.from_iterable(zip(*turns, strict=True))).tobytes()
