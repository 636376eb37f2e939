"""Where sound comes from: recordings that are fetched, prompts that somebody spoke, a voice."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

from edge.media.fetching import Fetching
from edge.media.sound import BadSound, read_wav

SPEAK_S = 10.0  # A voice that needs longer for a prompt has hung.
KEPT_MAX = 64 * 1024 * 1024  # Bytes of sound kept ready: some hundred prompts, some music.
# Where a voice has another name for a language.
VOICES = {"es-us": "es-419", "es-mx": "es-419", "en-us": "en-us", "fr-ca": "fr"}
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?", re.ASCII)


class Prompts:
    """Keeps what was fetched or spoken, so that a prompt is made once."""

    def __init__(self, fetching: Fetching, voice: tuple[str, ...], recorded: Path) -> None:
        self._fetching = fetching
        self._voice = voice
        self._recorded = recorded
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def fetched(self, url: str) -> bytes:
        """Return the recording at `url`. Raises BadSound."""
        return await self._keep(url, lambda: self._fetch(url))

    async def _fetch(self, url: str) -> bytes:
        return await asyncio.to_thread(read_wav, await self._fetching.fetch(url))

    async def spoken(self, text: str, language: str) -> bytes:
        """Return `text`, spoken. Raises BadSound.

        A recording of it, named by `name_of`, comes before the voice.
        """
        return await self._keep(f"{language}:{text}", lambda: self._speak(text, language))

    async def _keep(self, name: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        if name not in self._kept:
            self._kept[name] = await make()
        self._kept.move_to_end(name)
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT_MAX:
            self._kept.popitem(last=False)
        return self._kept[name]

    async def _speak(self, text: str, language: str) -> bytes:
        recorded = self._recorded / name_of(text)
        if recorded.is_file():
            return await asyncio.to_thread(lambda: read_wav(recorded.read_bytes()))
        if not self._voice:
            raise BadSound("there is no voice, and no recording of this prompt")
        voice = VOICES.get(language.lower(), language.lower())
        try:
            return await self._say(text, voice if LANGUAGE.fullmatch(language) else "en-us")
        except BadSound:
            if "-" not in voice:
                raise
            return await self._say(text, voice.partition("-")[0])

    async def _say(self, text: str, voice: str) -> bytes:
        """Have the voice read `text`, which it gets on its standard input, never as an argument."""
        command = [word.replace("{language}", voice) for word in self._voice]
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise BadSound(f"the voice {command[0]} cannot be run: {error.strerror}") from None
        try:
            async with asyncio.timeout(SPEAK_S):
                wav, _ = await process.communicate(text.encode())
        except TimeoutError:
            raise BadSound("the voice did not finish") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise BadSound(f"the voice ended with {process.returncode}")
        return await asyncio.to_thread(read_wav, with_lengths(wav))


def name_of(text: str) -> str:
    """Return the file name of a prompt's recording: its first words, and a sum of all of it."""
    words = "-".join(re.findall(r"[a-z0-9]+", text.lower())[:6])
    return f"{words}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.wav"


def with_lengths(wav: bytes) -> bytes:
    """Return a WAV whose header knows its length: a voice that writes to a pipe cannot tell it."""
    at = wav.find(b"data")
    if not wav.startswith(b"RIFF") or at < 0:
        return wav
    size = (len(wav) - at - 8).to_bytes(4, "little")
    whole = (len(wav) - 8).to_bytes(4, "little")
    return wav[:4] + whole + wav[8 : at + 4] + size + wav[at + 8 :]
