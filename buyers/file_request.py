"""Read how a request is written from a buyer's file. Pure."""

from __future__ import annotations

import re
from typing import cast

from buyers.file_body import read_body, read_pairs, refuse_key
from buyers.file_words import Words
from buyers.filters_bytes import HASHES, HashName
from buyers.format import BodyForm, Encoding, RequestForm, SignForm
from buyers.sign import REQUEST_WORDS, SIGNATURE
from buyers.table import Table
from buyers.template import Placeholder, Template
from buyers.words import Stage

METHODS = ("GET", "POST", "PUT", "PATCH")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
URL_START = re.compile(r"https?://[^/?{}\s]+[/?]", re.ASCII)  # The host ends before a placeholder.
WHOLE_URL = re.compile(r"https?://[^/?{}\s]+", re.ASCII)
OURS = frozenset(("host", "content-length", "transfer-encoding", "connection"))
INNER_NAME = re.compile(r"[a-z0-9_]+", re.ASCII)

Pairs = tuple[tuple[str, Template], ...]


def read_request(table: Table, stage: Stage, words: Words, accept: str) -> RequestForm:
    """Return the request written in `table`; `accept` is what its answer is likely to be."""
    method = table.choice("method", METHODS, "POST")
    inner = table.table("inner")
    words = words.with_inner(tuple(inner))
    usual: Encoding = (
        "form" if stage == "token" else "json"
    )  # RFC 6749, 4.4.2: a token is asked by form.
    body = read_body(table, stage, words, "query" if method == "GET" else usual)
    if method == "GET" and body.encoding != "query":
        problem = f"{body.encoding!r} with GET"
        table.fail("encoding", problem, 'a GET has no body: encoding = "query"')
    url = words.template(table, "url", table.text("url", "{url}"), stage)
    _check_url(table, url)
    headers = _headers(table.table("headers"), stage, words)
    form = RequestForm(
        method=method,
        url=url,
        body=body,
        accept=accept,
        headers=headers,
        basic=_basic(table, stage, words),
        query=read_pairs(table.table("query"), stage, words, lists_repeat=True),
        inner=tuple((name, _inner(inner, name, stage, words)) for name in inner),
        sign=_sign(table.table("sign"), stage, words) if "sign" in table else None,
    )
    table.done()
    return form


def _inner(table: Table, name: str, stage: Stage, words: Words) -> BodyForm:
    if not INNER_NAME.fullmatch(name):
        table.fail(name, "no name for a document", "small letters, digits and _")
    one = table.table(name)
    body = read_body(one, stage, words.with_inner(()), "json")
    if body.encoding == "query":
        one.fail("encoding", "a query inside a field", 'encoding = "form"')
    one.done()
    return body


def _check_url(table: Table, url: Template) -> None:
    start = url.parts[0]
    if isinstance(start, Placeholder):
        good = start.source == "url" or start.source.startswith("settings.")
    else:
        whole = len(url.parts) == 1 and WHOLE_URL.fullmatch(str(start))
        good = bool(whole or URL_START.match(str(start)))
    if not good:
        table.fail(
            "url", "no address to begin with", "begin with {url}, {settings.NAME} or https://"
        )
    if any(isinstance(part, str) and "#" in part for part in url.parts):
        table.fail("url", "a # in it", "a fragment is never sent: remove it")


def _headers(table: Table, stage: Stage, words: Words) -> Pairs:
    headers = []
    for name in table:
        if not HEADER.fullmatch(name) or name.lower() in OURS:
            table.fail(name, "not a header to set", "a header's name; Host and lengths are ours")
        template = words.template(table, name, table.text(name), stage)
        refuse_key(table, name, template)
        headers.append((name, template))
    return tuple(headers)


def _basic(table: Table, stage: Stage, words: Words) -> Template | None:
    """Return the user and password of HTTP Basic, from `basic = { user, password }`."""
    if "basic" not in table:
        return None
    if any(name.lower() == "authorization" for name in table.table("headers")):
        table.fail("basic", "an Authorization header as well", "one of the two")
    basic = table.table("basic")
    user = words.template(basic, "user", basic.text("user"), stage)
    password = words.template(basic, "password", basic.text("password", ""), stage)
    refuse_key(basic, "password", password)
    basic.done()
    return Template((*user.parts, ":", *(part for part in password.parts if part != "")))


def _sign(table: Table, stage: Stage, words: Words) -> SignForm:
    hash_name = table.choice("hash", HASHES, "sha256")
    key = words.template(table, "key", table.text("key"), stage)
    sources = list(key.sources())
    if not sources or not all(source.startswith("secret.") for source in sources):
        table.fail("key", "not a secret", "{secret.NAME}, declared in [secrets]")
    over_words = words.with_more(*REQUEST_WORDS)
    told = words.with_more(SIGNATURE)
    form = SignForm(
        hash=cast("HashName", hash_name),
        key=key,
        key_as=table.choice("key_as", ("text", "hex", "base64"), "text"),  # type: ignore[arg-type]
        over=over_words.template(table, "over", table.text("over", "{body}"), stage),
        write=table.choice("write", ("hex", "base64", "base64url"), "hex"),  # type: ignore[arg-type]
        headers=_headers(table.table("headers"), stage, told),
        query=read_pairs(table.table("query"), stage, told, lists_repeat=True),
    )
    if not any(SIGNATURE in template.sources() for _, template in (*form.headers, *form.query)):
        table.fail("headers", "the signature goes nowhere", 'headers = { X-Sign = "{signature}" }')
    table.done()
    return form
