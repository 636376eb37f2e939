"""Load buyers' formats: every file of a folder is one, and is refused whole if it is wrong.

Pure but for reading the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from buyers.errors import BuyerFileError
from buyers.file_answer import read_bid_form, read_confirmation, read_verdict, refs
from buyers.file_case import read_cases
from buyers.file_request import Words, read_request
from buyers.filters import Value
from buyers.format import BuyerFormat, ConfirmForm, PostForm, RequestForm, Setting
from buyers.table import Table

T = TypeVar("T")

KEY = "post_id"
LIBRARY = Path(__file__).parent / "library"


def load_library(folder: Path | None = None) -> dict[str, BuyerFormat]:
    """Return the formats in `folder` (ours by default) by name. Raises BuyerFileError."""
    paths = sorted((folder or LIBRARY).glob("*.toml"))
    return {path.stem: load_format(path) for path in paths}


def load_format(path: Path) -> BuyerFormat:
    """Return the format in the file at `path`. Raises BuyerFileError."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuyerFileError(str(path), "file", str(error), "a TOML file in UTF-8") from None
    except OSError as error:
        raise BuyerFileError(str(path), "file", error.strerror or "unreadable", "a file") from None
    return read_format(Table(data, str(path)), path.stem)


def read_format(table: Table, name: str) -> BuyerFormat:
    """Return the format that the table of a whole file is. Raises BuyerFileError."""
    ping, answer = _pair(table, "ping")
    words = _words(table, len(refs(answer)))
    read = BuyerFormat(
        name=name,
        title=table.text("title"),
        file=table.file,
        settings=words.settings,
        secrets=words.secrets,
        ping=read_request(ping, "ping", words),
        bid=read_bid_form(answer, words),
        confirm=_optional(table, "confirm", lambda ask, said: _confirm(ask, said, words)),
        cancel=_cancel(table, words) if "cancel" in table else None,
        post=_optional(table, "post", lambda ask, said: _post(ask, said, words)),
        cases=read_cases(table),
    )
    table.done()
    return read


def _pair(table: Table, key: str) -> tuple[Table, Table]:
    """Return the tables of what is asked and of what is answered."""
    both = table.table(key)
    if "request" not in both or "response" not in both:
        table.fail(key, "not a request and a response", f"[{key}.request] and [{key}.response]")
    pair = both.table("request"), both.table("response")
    both.done()
    return pair


def _optional(table: Table, key: str, read: Callable[[Table, Table], T]) -> T | None:
    return read(*_pair(table, key)) if key in table else None


def _confirm(ask: Table, said: Table, words: Words) -> ConfirmForm:
    return read_confirmation(said, read_request(ask, "confirm", words), words)


def _cancel(table: Table, words: Words) -> RequestForm:
    both = table.table("cancel")
    request = read_request(both.table("request"), "confirm", words)
    both.done()
    return request


def _post(ask: Table, said: Table, words: Words) -> PostForm:
    idempotent = ask.flag("idempotent")
    request = read_request(ask, "post", words)
    if idempotent and KEY not in request.sources():
        right = f"{{{KEY}}} in a field, a header or the url: it tells a repeated post"
        ask.fail("idempotent", "no key is sent", right)
    return PostForm(request, read_verdict(said), idempotent)


def _words(table: Table, ref_count: int) -> Words:
    settings = table.table("settings")
    secrets = table.table("secrets")
    maps = table.table("maps")
    return Words(
        maps={name: _map(maps.table(name)) for name in maps},
        settings={name: _setting(settings.table(name)) for name in settings},
        secrets={name: secrets.text(name) for name in secrets},
        refs=ref_count,
    )


def _setting(table: Table) -> Setting:
    setting = Setting(
        about=table.text("about"),
        optional=table.flag("optional"),
        default=table.text("default", ""),
        one_of=table.texts("one_of"),
    )
    table.done()
    return setting


def _map(table: Table) -> dict[str, Value]:
    words = {}
    for key in table:
        value = table.constant(key, table.raw(key))
        if isinstance(value, str) and "{" in value:
            table.fail(key, f"a placeholder in {value!r}", "a map's words are sent as written")
        words[key] = value
    return words
