"""On which line each key of a TOML text stands, for messages. Pure.

The text has been read by tomllib before, so it is TOML: this only walks along it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]
Origins = Mapping[KeyPath, tuple[str, int]]  # File and line (from 1) of a table, key or element.

BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
BARE = re.compile(r"[A-Za-z0-9_-]+")
TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)
WORD = re.compile(r"[^,\]}\n#]+")


def positions(text: str) -> dict[KeyPath, int]:
    """Return the line of every table, key and element of the TOML `text`."""
    walk = _Walk(text)
    walk.document()
    return walk.lines


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counts: dict[KeyPath, int] = {}  # Tables so far of each [[array]].
        self.lines: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        self._blank()
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._blank()

    def _header(self) -> KeyPath:
        is_list = self._text.startswith("[[", self._at)
        self._step(2 if is_list else 1)
        keys = self._keys("]")
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._inside((*path, key))
        path = (*path, keys[-1])
        if is_list:
            self._counts[path] = self._counts.get(path, -1) + 1
            self._note(path)
        path = self._inside(path)
        self._note(path)
        self._step(2 if is_list else 1)
        return path

    def _inside(self, path: KeyPath) -> KeyPath:
        return (*path, self._counts[path]) if path in self._counts else path

    def _pair(self, table: KeyPath) -> None:
        path = table
        line = self._line
        for key in self._keys("="):
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._step(1)
        self._value(path)

    def _keys(self, end: str) -> list[str]:
        keys = []
        self._blank()
        while not self._text.startswith(end, self._at):
            if found := TEXT.match(self._text, self._at):
                keys.append(_unquoted(found[0]))
            elif found := BARE.match(self._text, self._at):
                keys.append(found[0])
            self._step(len(found[0]) if found else 1)
            self._blank()
        return keys or [""]

    def _value(self, path: KeyPath) -> None:
        self._blank()
        if self._text.startswith("[", self._at):
            self._list(path)
        elif self._text.startswith("{", self._at):
            self._inline(path)
        elif found := TEXT.match(self._text, self._at) or WORD.match(self._text, self._at):
            self._step(len(found[0]))
        else:
            self._step(1)

    def _list(self, path: KeyPath) -> None:
        self._step(1)
        number = 0
        self._blank()
        while self._at < len(self._text) and not self._text.startswith("]", self._at):
            self._note((*path, number))
            self._value((*path, number))
            self._comma()
            number += 1
        self._step(1)

    def _inline(self, path: KeyPath) -> None:
        self._step(1)
        self._blank()
        while self._at < len(self._text) and not self._text.startswith("}", self._at):
            self._pair(path)
            self._comma()
        self._step(1)

    def _comma(self) -> None:
        self._blank()
        if self._text.startswith(",", self._at):
            self._step(1)
            self._blank()

    def _note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self._line)

    def _blank(self) -> None:
        found = BLANK.match(self._text, self._at)
        if found:
            self._step(len(found[0]))

    def _step(self, count: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count


def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    return re.sub(r"\\(.)", r"\1", key[1:-1])  # Escapes are rare in keys; a hint may miss them.


def line_of(path: KeyPath, origins: Origins) -> tuple[str, int] | None:
    """Return file and line of what stands at `path`, or of what is nearest around it."""
    while path:
        if path in origins:
            return origins[path]
        path = path[:-1]
    return None
