"""The ear, the mouth and the fingers of a phone: RTP over UDP, with keys as RFC 4733 has them.

A person waits until the other side has finished a question, and then presses the keys of the next
answer. Afterwards it hums, each person in a pitch of its own, so that a recording tells who spoke.
"""

from __future__ import annotations

import math
import random
import socket
import struct
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

RATE, FRAME = 8000, 160  # Samples a second, and of 20 ms.
FRAME_S = 0.02
LOUD = 500  # Of 32767: speech is above, and what a line has of noise below.
SPEECH_FRAMES = 5  # So much sound, or it was a click.
SILENCE_FRAMES = 35  # 0.7 s: longer than a voice pauses between sentences.
KEY_FRAMES, GAP_FRAMES = 5, 4  # A key is held for 100 ms.
KEY_CODES = {key: code for code, key in enumerate("0123456789*#")}
ULAW, KEYS = 0, 101  # Payload types: RFC 3551, and what our SDP says.
HEARD_MAX = 60 * RATE  # Samples: a minute of what was heard is enough to tell.


@dataclass(slots=True)
class Handset:
    """One phone's sound. `answers` are the keys for the first question, the second, ..."""

    socket: trio.socket.SocketType
    answers: Sequence[str] = ()
    hum_hz: float = 0.0
    heard: array[int] = field(default_factory=lambda: array("h"), repr=False)
    questions: int = 0  # Heard to their ends.
    _peer: tuple[str, int] | None = None
    _loud: int = 0
    _quiet: int = 0
    _typing: list[tuple[int, int]] = field(default_factory=list)
    _sequence: int = 0
    _time: int = 0
    _source: int = field(default_factory=lambda: random.getrandbits(32))  # Of RTP: any will do.

    @property
    def port(self) -> int:
        """Where it hears."""
        port: int = self.socket.getsockname()[1]
        return port

    async def listen(self) -> None:
        """Hear what comes, for ever."""
        while True:
            packet, self._peer = await self.socket.recvfrom(2048)
            if len(packet) > 12 and packet[1] & 0x7F == ULAW:
                self._hear(packet[12:])

    async def speak(self) -> None:
        """Send 20 ms every 20 ms, once somebody is there."""
        at = trio.current_time()
        while True:
            at = max(at + FRAME_S, trio.current_time() - 1)
            await trio.sleep_until(at)
            if self._peer is not None:
                await self._send(self._peer)

    def _hear(self, sound: bytes) -> None:
        samples = array("h", (DECODED[one] for one in sound))
        if len(self.heard) < HEARD_MAX:
            self.heard += samples
        if max(map(abs, samples)) > LOUD:
            self._loud, self._quiet = self._loud + 1, 0
            return
        self._quiet += 1
        if self._quiet == SILENCE_FRAMES and self._loud >= SPEECH_FRAMES:
            self._loud = 0
            if self.questions < len(self.answers):
                self._typing += [
                    (KEY_CODES[key], frame)
                    for key in self.answers[self.questions]
                    for frame in range(KEY_FRAMES + GAP_FRAMES)
                ]
            self.questions += 1

    async def _send(self, peer: tuple[str, int]) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        if self._typing:
            await self._send_key(peer, *self._typing.pop(0))
        else:
            self._time = (self._time + FRAME) & 0xFFFFFFFF
            hums = self.hum_hz if self.questions >= len(self.answers) else 0.0
            await self._packet(peer, ULAW, self._time, tone(hums, self._time))

    async def _send_key(self, peer: tuple[str, int], code: int, frame: int) -> None:
        """RFC 4733: every packet of a key has its first moment, and how long it has been held."""
        if frame >= KEY_FRAMES:
            self._time = (self._time + FRAME) & 0xFFFFFFFF
            return
        ends = frame == KEY_FRAMES - 1
        held = (frame + 1) * FRAME
        payload = struct.pack("!BBH", code, 10 | 0x80 * ends, held)
        marked = KEYS | 0x80 * (frame == 0)
        for _ in range(3 if ends else 1):  # An end that is lost would be a key held for ever.
            await self._packet(peer, marked, self._time, payload)
        if ends:
            self._time = (self._time + KEY_FRAMES * FRAME) & 0xFFFFFFFF

    async def _packet(self, peer: tuple[str, int], kind: int, at: int, payload: bytes) -> None:
        header = struct.pack("!BBHII", 0x80, kind, self._sequence, at, self._source)
        await self.socket.sendto(header + payload, peer)


@asynccontextmanager
async def open_handset(answers: Sequence[str] = (), hum_hz: float = 0.0) -> AsyncIterator[Handset]:
    """Have a phone's sound on a free port while the block lasts."""
    with trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        await sock.bind(("127.0.0.1", 0))
        handset = Handset(sock, answers, hum_hz)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(handset.listen)
            nursery.start_soon(handset.speak)
            yield handset
            nursery.cancel_scope.cancel()


def loudness(samples: Sequence[int], hz: float) -> float:
    """Return how loud a pitch is in `samples` (Goertzel), in parts of the loudest there can be."""
    turn = 2 * math.cos(2 * math.pi * hz / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample / 32768 + turn * last - before
    power = before * before + last * last - turn * before * last
    return math.sqrt(max(power, 0.0)) * 2 / max(len(samples), 1)


def tone(hz: float, at: int) -> bytes:
    """Return 20 ms of a pitch from sample `at` on, in µ-law; 0 Hz is silence."""
    turn = 2 * math.pi * hz / RATE
    return bytes(encoded(round(8000 * math.sin(turn * n))) for n in range(at, at + FRAME))


def encoded(sample: int) -> int:
    """Return a sample in µ-law (ITU-T G.711): sign, exponent and mantissa, all bits inverted."""
    sign = 0x80 if sample < 0 else 0
    biased = min(abs(sample), 32635) + 132
    exponent = biased.bit_length() - 8
    return ~(sign | exponent << 4 | biased >> (exponent + 3) & 0x0F) & 0xFF


def _decoded(byte: int) -> int:
    bits = ~byte & 0xFF
    size = (((bits & 0x0F) << 3) + 132 << (bits >> 4 & 0x07)) - 132
    return -size if bits & 0x80 else size


DECODED = tuple(map(_decoded, range(256)))
