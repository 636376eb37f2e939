"""A request to a buyer, its answer, and what was read of it, as lines on a console."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import orjson
from rich.console import Console
from rich.markup import escape

from buyers.charset import body_text
from buyers.unreadable import Unreadable
from market.http import HttpReply, HttpRequest

SHOWN_MAX = 2000  # Characters of an answer; the rest is rarely what is wrong.
UNSEEN = re.compile(r"[^\x20-\x7e\n\u00a0-\uffff]")  # An answer may not command the terminal.

Mask = Callable[[str], str]


def no_mask(text: str) -> str:
    """Return the text as it is: there is no secret in it."""
    return text


def show_exchange(
    console: Console,
    stage: str,
    request: HttpRequest | None,
    reply: HttpReply | None,
    mask: Mask = no_mask,
) -> None:
    """Print a request and its answer, without the secrets that `mask` knows."""
    if request is not None:
        show_lines(console, f"{stage} >", mask(_request_lines(request)))
    if reply is not None:
        show_lines(console, f"{stage} <", mask(_reply_lines(reply)))


def show_read(console: Console, read: Mapping[str, object]) -> None:
    """Print what was read of an answer."""
    show_lines(console, "read", "\n".join(f"{name}: {value}" for name, value in read.items()))


def show_lines(console: Console, label: str, text: str) -> None:
    """Print text line by line, with a label before the first."""
    for n, line in enumerate(plain(text[:SHOWN_MAX]).splitlines()):
        console.print(f"    {label if n == 0 else '':<10} {escape(line)}".rstrip())


def plain(text: str) -> str:
    """Return the text without what would command the terminal."""
    return UNSEEN.sub("?", text)


def _request_lines(request: HttpRequest) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in request.headers)
    return f"{request.method} {request.url}\n{headers}{_body(HttpReply(0, (), request.body))}"


def _reply_lines(reply: HttpReply) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in reply.headers)
    return f"{reply.status}\n{headers}{_body(reply)}"


def _body(reply: HttpReply) -> str:
    try:
        return orjson.dumps(orjson.loads(reply.body), option=orjson.OPT_INDENT_2).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    try:
        return body_text(reply)
    except Unreadable:
        return reply.body.decode(errors="replace")
