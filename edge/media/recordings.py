"""Recordings on their way to the server: files here for an hour, behind addresses that expire."""

from __future__ import annotations

import hmac
import re
from pathlib import Path

URL_MS = 600_000  # As long as Telnyx' addresses last.
KEPT_MS = 3_600_000  # Then the server has it, or never will: no copy of a voice stays here.
UNTIL = re.compile(r"\d{1,15}", re.ASCII)
NAME = re.compile(r"[0-9a-f-]{36}\.wav", re.ASCII)


class Recordings:
    def __init__(self, folder: Path, url: str, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._folder = folder
        self._url = url
        self._key = key.encode()

    def path_of(self, name: str) -> Path:
        """Return where the recording `name` is, or is to be."""
        return self._folder / name

    def url_of(self, name: str, now_ms: int) -> str:
        """Return an address of a recording that lasts ten minutes."""
        until_ms = now_ms + URL_MS
        return f"{self._url}/recordings/{name}?until={until_ms}&token={self._token(name, until_ms)}"

    def read(self, name: str, until: str, token: str, now_ms: int) -> bytes | None:
        """Return a recording that is asked for by an address of ours, while it lasts; else None."""
        if not (NAME.fullmatch(name) and UNTIL.fullmatch(until) and token.isascii()):
            return None
        if int(until) < now_ms or not hmac.compare_digest(self._token(name, int(until)), token):
            return None
        try:
            return self.path_of(name).read_bytes()
        except OSError:
            return None

    def purge(self, now_ms: int) -> None:
        """Delete what is older than an hour."""
        for path in self._folder.glob("*.wav"):
            if path.stat().st_mtime * 1000 < now_ms - KEPT_MS:
                path.unlink(missing_ok=True)

    def _token(self, name: str, until_ms: int) -> str:
        return hmac.new(self._key, f"{name}|{until_ms}".encode(), "sha256").hexdigest()
