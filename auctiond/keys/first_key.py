"""The first API key: made when there is none, and left where the commands on this machine look."""

from __future__ import annotations

import os
from pathlib import Path

from auctiond.keys.api_key import RANDOM_BYTES, make_key
from auctiond.pg.api_keys import ApiKeys

NAME = "first key, made by the server"


async def ensure_first_key(keys: ApiKeys, path: Path) -> None:
    """Make an admin key and write it to `path`, readable by its owner alone, if none is valid."""
    if any(key.revoked_at is None and "admin" in key.scopes for key in await keys.list()):
        return
    made = make_key(os.urandom(RANDOM_BYTES))
    write_private(path, made.text + "\n")  # First: a key that is valid and unknown helps nobody.
    await keys.add(made.id, NAME, made.hash, ["admin"])


def write_private(path: Path, text: str) -> None:
    """Write a file for its owner alone, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
