"""The file of keys: created once and whole, readable by its owner alone."""

from __future__ import annotations

import os
import stat
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Any

import orjson

from compliance.sealing import KEY_BYTES, KEY_VERSION_MAX

FORMAT = 1
OTHERS = stat.S_IRWXG | stat.S_IRWXO
FILE_BYTES_MAX = 65_536  # A key is 60 bytes of it; no one renews keys a thousand times.


class KeyFileError(Exception):
    """The key file cannot be used. Names the file and what would be right, never a key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Versioned roots (the newest seals, each still opens), and the key of blind indexes."""

    current: int
    roots: dict[int, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)


def create_keys(path: Path) -> None:
    """Write a new key file, unless there is one. Whoever reads it sees none or all of it."""
    content = _write(Keys(1, {1: token_bytes(KEY_BYTES)}, token_bytes(KEY_BYTES)))
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_draft(draft, content)
        try:
            _publish(draft, path)
        finally:
            draft.unlink()
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be created: {error.strerror}") from None


def read_keys(path: Path) -> Keys:
    """Return the keys in `path`. Raises KeyFileError, also when others could read it."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror or 'cannot be read'}") from None
    if mode & OTHERS:
        raise KeyFileError(f"{path}: others may read it (mode {mode:04o}); run: chmod 600 {path}")
    try:
        return _read(content)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileError(f"{path}: not a key file of format {FORMAT}; restore a copy") from None


def _write(keys: Keys) -> bytes:
    roots = {str(version): b64encode(key).decode() for version, key in keys.roots.items()}
    index_key = b64encode(keys.index_key).decode()
    whole = {"format": FORMAT, "current": keys.current, "roots": roots, "index_key": index_key}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _read(content: bytes) -> Keys:
    found: Any = orjson.loads(content)
    roots = {int(version): _key(text) for version, text in found["roots"].items()}
    keys = Keys(int(found["current"]), roots, _key(found["index_key"]))
    if found["format"] != FORMAT or keys.current not in roots:
        raise ValueError
    if not all(0 < version <= KEY_VERSION_MAX for version in roots):
        raise ValueError
    return keys


def _key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except Base64Error:
        raise ValueError from None
    if len(key) != KEY_BYTES:
        raise ValueError
    return key


def _write_draft(draft: Path, content: bytes) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)  # Unlike a rename, this never replaces a key file of others.
    except FileExistsError:
        return  # Another process was first, and its keys are the keys.
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
