"""Load buyers' formats: every file of a folder is one, and is refused whole if it is wrong.

Pure but for reading the files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from buyers.base import LIBRARY, NAME, read_document
from buyers.errors import BuyerFileError
from buyers.file_answer import (
    accept_of,
    read_bid_form,
    read_confirmation,
    read_post_answer,
    ref_count,
)
from buyers.file_case import open_table, read_cases
from buyers.file_request import read_request
from buyers.file_token import read_token_form
from buyers.file_trial import read_trial
from buyers.file_words import Words, read_words
from buyers.format import (
    NEVER_BIDS,
    BuyerFormat,
    ConfirmForm,
    PostForm,
    RequestForm,
    TokenForm,
)
from buyers.lines import Origins
from buyers.maker import check_url
from buyers.table import Table

__all__ = ["LIBRARY", "load_format", "load_library", "read_format"]

T = TypeVar("T")

KEY = "post_id"  # What tells a buyer that a post is one it has already.


def load_library(folder: Path | None = None) -> dict[str, BuyerFormat]:
    """Return our formats by name, and those in `folder`, which win. Raises BuyerFileError."""
    return _ours() | (_formats_in(folder) if folder is not None else {})


@cache  # They come with the package, and reading them all takes a tenth of a second.
def _ours() -> dict[str, BuyerFormat]:
    return _formats_in(LIBRARY)


def _formats_in(folder: Path) -> dict[str, BuyerFormat]:
    return {path.stem: load_format(path) for path in sorted(folder.glob("*.toml"))}


def load_format(path: Path) -> BuyerFormat:
    """Return the format in the file at `path`. Raises BuyerFileError."""
    if not NAME.fullmatch(path.stem):
        right = "small letters, digits, _ and -: acme.toml is the format acme"
        raise BuyerFileError(str(path), "file", f"{path.stem!r} is no name for a format", right)
    document = read_document(path)
    return read_format(document.data, path.stem, str(path), document.origins)


def read_format(
    data: Mapping[str, object], name: str, file: str, origins: Origins | None = None
) -> BuyerFormat:
    """Return the format that the data of a whole file is. Raises BuyerFileError."""
    table = Table(dict(data), file, origins=origins)
    if "ping" not in table:
        return _without_ping(table, name)
    ping, answer = _pair(table, "ping")
    words, accept = read_words(table, ref_count(answer)), accept_of(answer)
    read = BuyerFormat(
        name=name,
        title=table.text("title"),
        file=table.file,
        url=_url(table),
        settings=words.settings,
        secrets=words.secrets,
        ping=read_request(ping, "ping", words, accept),
        bid=read_bid_form(answer, words),
        confirm=_optional(table, "confirm", lambda ask, said: _confirm(ask, said, words)),
        cancel=_cancel(table, words) if "cancel" in table else None,
        post=_optional(table, "post", lambda ask, said: _post(ask, said, words)),
        test=read_trial(table, open_table(ping), words, accept),
        cases=read_cases(table),
        token=_token(table, words),
    )
    table.done()
    return read


def _without_ping(table: Table, name: str) -> BuyerFormat:
    """Return a format of buyers that are never asked: they have a price, and get the lead."""
    if "post" not in table:
        table.fail("ping", "neither a ping nor a post", "[ping], or [post] alone")
    words = read_words(table, 0)
    read = BuyerFormat(
        name=name,
        title=table.text("title"),
        file=table.file,
        url=_url(table),
        settings=words.settings,
        secrets=words.secrets,
        ping=None,
        bid=NEVER_BIDS,
        confirm=_optional(table, "confirm", lambda ask, said: _confirm(ask, said, words)),
        cancel=_cancel(table, words) if "cancel" in table else None,
        post=_post(*_pair(table, "post"), words),
        test=None,
        cases=read_cases(table, pinged=False),
        token=_token(table, words),
    )
    table.done()
    return read


def _url(table: Table) -> str:
    url = table.text("url", "")
    if url:
        try:
            check_url(url)
        except ValueError as error:
            table.fail("url", str(error), "an address like https://host/path")
    return url


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
    request = read_request(ask, "confirm", words, accept_of(said))
    return read_confirmation(said, request, words)


def _cancel(table: Table, words: Words) -> RequestForm:
    both = table.table("cancel")
    request = read_request(both.table("request"), "confirm", words, "*/*")
    both.done()
    return request


def _token(table: Table, words: Words) -> TokenForm | None:
    return read_token_form(table.table("token"), words) if "token" in table else None


def _post(ask: Table, said: Table, words: Words) -> PostForm:
    idempotent = ask.flag("idempotent")
    request = read_request(ask, "post", words, accept_of(said))
    if idempotent and KEY not in request.sources():
        right = f"{{{KEY}}} in a field, a header or the url: it tells a repeated post"
        ask.fail("idempotent", "no key is sent", right)
    return PostForm(request, *read_post_answer(said), idempotent=idempotent)
