"""A buyer's token: asked for ahead of all pings, kept for as long as it says it lasts. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from buyers.errors import NoToken
from buyers.expiry import BadTime, expires_ms
from buyers.format import Expiry, TokenForm
from buyers.maker import maker
from buyers.path import Find
from buyers.reader import AnswerReader, answer_reader
from buyers.selector import finder
from buyers.template import Scope
from buyers.words import TOKEN
from market.http import HttpReply, HttpRequest

SENDABLE = re.compile(r"[!-~]{1,8192}")  # What a header or an url can carry, and no endless text.


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token, and until when it is good. Its text is in no repr."""

    text: str
    until_ms: int


@dataclass(frozen=True, slots=True, repr=False)
class BoundToken:
    """How one target's token is fetched. Targets with the same `key` share it."""

    key: bytes  # Of the whole request, with its secrets: as good as the login, and not the login.
    request: HttpRequest
    answer: AnswerReader
    token: Find
    expires: tuple[tuple[Find, Expiry], ...]
    lasts_ms: int


def bind_token(form: TokenForm, known: Mapping[str, str]) -> BoundToken:
    """Return the token's request, ready to be sent. Raises Unmapped and ValueError, as maker."""
    make = maker(form.request, known)
    if make is None:
        raise ValueError("the token has no address")
    request = make({})
    parts = (request.method, request.url, repr(request.headers), request.body.decode())
    return BoundToken(
        key=sha256("\n".join(parts).encode()).digest(),
        request=request,
        answer=answer_reader(form.answer),
        token=finder(form.token),
        expires=tuple((finder((one.at,)), one) for one in form.expires),
        lasts_ms=round(form.lasts_s * 1000),
    )


def read_token(bound: BoundToken, reply: HttpReply, now_ms: int) -> Token | None:
    """Return the token that `reply` brings; None: it brings none that can be used."""
    if not 200 <= reply.status < 300:
        return None
    item, top = bound.answer.read_whole(reply)
    found = bound.token(item, top, reply)
    if not isinstance(found, str) or not SENDABLE.fullmatch(found):
        return None
    for find, expiry in bound.expires:
        value = find(item, top, reply)
        if value is not None:
            try:
                return Token(found, expires_ms(expiry, value, now_ms))
            except BadTime:
                return None
    return Token(found, now_ms + bound.lasts_ms)


def carrying(bound: BoundToken | None, scope: Scope, token: str) -> Scope:
    """Return `scope` with the token in it, where one is wanted. Raises NoToken for a lack of it."""
    if bound is None:
        return scope
    if not token:
        raise NoToken
    return {**scope, TOKEN: token}
