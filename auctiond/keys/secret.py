"""Secrets: kept out of every print, and read from where a reference says."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE_BYTES_MAX = 16_384  # A key, a token, a certificate. More is the wrong file.
OWN = re.compile(r"AUCTIOND_.*|PG[A-Z]+")  # Our settings, and what PostgreSQL's clients read.


class SecretError(ValueError):
    """A reference leads to no secret. Names the reference, never a value."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that shows itself only when asked to."""

    _text: str
    reference: str = ""  # Where it was read from, if it was not written down as it is.

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


@dataclass(frozen=True, slots=True)
class BuyerSecrets:
    """Finds the secrets that the network names: "env:NAME", or "file:PATH" inside one folder.

    Who may edit the network says where a buyer's secret is sent, so whatever can be named here
    can be read by them: nothing of the server's own may be.
    """

    folder: Path
    own: Collection[str] = ()  # The references of the server's own settings.
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def __call__(self, reference: str) -> str:
        """Return the secret that `reference` names. Raises SecretError."""
        self.refuse_own(reference)
        kind, _, name = reference.partition(":")
        if kind == "file" and name:
            return _read_file(reference, self._inside(reference, name))
        return read_reference(reference, self.environ)

    def refuse_own(self, reference: str) -> None:
        """Raise SecretError for what is the server's own, be it there or not."""
        kind, _, name = reference.partition(":")
        if kind == "env" and (OWN.fullmatch(name) or reference in self.own):
            raise SecretError(f'"{reference}": this is the server\'s own; use another name')
        if kind == "file" and name:
            self._inside(reference, name)

    def _inside(self, reference: str, name: str) -> Path:
        folder = self.folder.expanduser().resolve()
        path = (folder / name).resolve()  # Links are followed first: they may not lead out.
        if folder not in path.parents:
            raise SecretError(f'"{reference}": not in {self.folder}, where buyers\' secrets are')
        return path


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
