"""The key that signs the ledger's hourly seals: made at the first start, readable by us alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.keys.key_file import OTHERS, KeyFileError

KEY_BYTES = 32


def open_seal_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in `path`, which is made if there is none. Raises KeyFileError."""
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            _create(path)
            return _read(path)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror or 'cannot be read'}") from None


def _read(path: Path) -> Ed25519PrivateKey:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        content = file.read(4 * KEY_BYTES)
    if mode & OTHERS:
        raise KeyFileError(f"{path}: others may read it (mode {mode:04o}); run: chmod 600 {path}")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(content.decode()))
    except ValueError:
        raise KeyFileError(f"{path}: not a key of {KEY_BYTES} bytes in hexadecimal") from None


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # Another process was first.
        return
    try:
        os.write(file, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode() + b"\n")
        os.fsync(file)
    finally:
        os.close(file)
