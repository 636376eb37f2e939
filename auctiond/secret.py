"""Secrets: kept out of every print, and read from where a reference says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE_BYTES_MAX = 16_384  # A key, a token, a certificate. More is the wrong file.
OWN_PREFIX = "AUCTIOND_"  # Our own settings; a buyer's file has no business with them.


class SecretError(ValueError):
    """A reference leads to no secret. Names the reference, never a value."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that shows itself only when asked to."""

    _text: str

    def reveal(self) -> str:
        """Return the text itself: for the one place that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)


def resolve_secret(reference: str, environ: Mapping[str, str] | None = None) -> str:
    """Return the secret that "env:NAME" or "file:PATH" names. Raises SecretError.

    For buyers' secrets. Who may edit the network may not thereby read our own settings.
    """
    if reference.startswith(f"env:{OWN_PREFIX}"):
        raise SecretError(f'"{reference}": {OWN_PREFIX}* are the server\'s own; use another name')
    return read_reference(reference, os.environ if environ is None else environ)


def is_reference(text: str) -> bool:
    """Return whether `text` names a secret instead of being one."""
    return text.startswith(("env:", "file:"))


def read_reference(reference: str, environ: Mapping[str, str]) -> str:
    """Return the secret behind `reference`. Raises SecretError."""
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        return _read_variable(reference, name, environ)
    if kind == "file" and name:
        return _read_file(reference, Path(name))
    raise SecretError('a secret is given as "env:NAME" or "file:PATH"')  # It may be the secret.


def _read_variable(reference: str, name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SecretError(f'"{reference}": the variable {name} is not set, or empty')
    return value


def _read_file(reference: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
        value = content.decode().strip()
    except OSError as error:
        raise SecretError(f'"{reference}": {error.strerror or "cannot be read"}') from None
    except UnicodeDecodeError:
        raise SecretError(f'"{reference}": the file is not text') from None
    if not value or len(content) > FILE_BYTES_MAX:
        raise SecretError(f'"{reference}": the file is empty, or over {FILE_BYTES_MAX} bytes')
    return value
