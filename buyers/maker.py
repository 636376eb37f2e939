"""Prepare a format's requests for one target, so that writing one per ask is quick. Pure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from buyers.body import body_writer
from buyers.encode import form_body, with_query
from buyers.filters import text
from buyers.filters_bytes import url_text
from buyers.format import BodyForm, RequestForm
from buyers.sign import sendable, signer
from buyers.template import Render, Scope, Template, prepare
from market.http import HttpRequest

BodyWriter = Callable[[BodyForm, Mapping[str, str]], Callable[[Scope], bytes]]
Maker = Callable[[Scope], HttpRequest]
Headers = tuple[tuple[str, str], ...]

CONTENT_TYPE = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
    "text": "text/plain; charset=utf-8",
}


def maker(
    form: RequestForm, known: Mapping[str, str], write: BodyWriter = body_writer
) -> Maker | None:
    """Return the function that writes the request, or None when the target set no url for it.

    `known` is what the target brings; `write` prepares the body. Raises Unmapped for what should be
    brought and is not, and ValueError, saying what is wrong, for an address or a header that cannot
    be sent.
    """
    url = prepare(form.url, known, url_text)
    fixed_url = url({}) if form.url.is_fixed(known) else None
    if fixed_url is None and len(form.url.parts) == 1:
        return None
    _check_host(form.url, known)
    check_url(text(fixed_url) if fixed_url is not None else _start(form.url, known))
    headers = _headers(form, known)
    if form.body.encoding == "query":
        query = form_body(form.body.fields, known, send_empty=form.body.empty != "omit")
        plain = _with_query(form.method, _more_query(form, url, known), headers, query)
    else:
        body = write(form.body, known)
        plain = _with_body(form.method, _more_query(form, url, known), headers, body)
    return _with_inner(form, _signed(form, plain, known), known)


def _with_body(
    method: str, url: Render, headers: Callable[[Scope], Headers], body: Callable[[Scope], bytes]
) -> Maker:
    return lambda scope: HttpRequest(method, text(url(scope) or ""), headers(scope), body(scope))


def _with_query(
    method: str, url: Render, headers: Callable[[Scope], Headers], query: Callable[[Scope], str]
) -> Maker:
    return lambda scope: HttpRequest(
        method, with_query(text(url(scope) or ""), query(scope)), headers(scope)
    )


def _more_query(form: RequestForm, url: Render, known: Mapping[str, str]) -> Render:
    """Return the renderer of the url with what is in the query beside a body."""
    if not form.query:
        return url
    query = form_body(form.query, known)
    return lambda scope: with_query(text(url(scope) or ""), query(scope))


def _with_inner(form: RequestForm, make: Maker, known: Mapping[str, str]) -> Maker:
    """Return the maker that first writes the documents which stand inside fields."""
    if not form.inner:
        return make
    inner = [(f"inner.{name}", _inner_text(body, known)) for name, body in form.inner]

    def made(scope: Scope) -> HttpRequest:
        return make({**scope, **{name: write(scope) for name, write in inner}})

    return made


def _inner_text(body: BodyForm, known: Mapping[str, str]) -> Callable[[Scope], str]:
    write = body_writer(body, known)
    return lambda scope: write(scope).decode()


def _signed(form: RequestForm, make: Maker, known: Mapping[str, str]) -> Maker:
    if form.sign is None:
        return make
    sign = signer(form.sign, known)
    return lambda scope: sign(make(scope), scope)


def _start(template: Template, known: Mapping[str, str]) -> str:
    """Return the address a url begins with, before anything of an ask or a bid is in it."""
    return text(prepare(Template(template.parts[:1]), known)({}) or "")


def _check_host(template: Template, known: Mapping[str, str]) -> None:
    """Refuse an address whose host would run on into what follows it. Raises ValueError."""
    following = template.parts[1] if len(template.parts) > 1 else "/"
    ends = isinstance(following, str) and following.startswith(("/", "?"))
    if not ends and not set("/?") & set(_start(template, known).partition("://")[2]):
        raise ValueError("a placeholder stands right behind the url's host: end the host with /")


def check_url(url: str) -> None:
    """Refuse an address that is not plain http or https to a host. Raises ValueError."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("the url has characters that no url has")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the url does not begin with http:// or https:// and a host")
    if parts.username is not None or parts.fragment:
        raise ValueError("the url has a login or a #fragment; a login belongs in a header")
    if parts.port == 0:
        raise ValueError("the url has port 0")


def _headers(form: RequestForm, known: Mapping[str, str]) -> Callable[[Scope], Headers]:
    names = {name.lower() for name, _ in form.headers}
    usual = [("Accept", form.accept)]
    if form.body.encoding in CONTENT_TYPE:
        usual.append(("Content-Type", CONTENT_TYPE[form.body.encoding]))
    kept = tuple(header for header in usual if header[0].lower() not in names)
    renders = [(name, prepare(template, known)) for name, template in form.headers]
    templates = [template for _, template in form.headers]
    if form.basic is not None:
        templates.append(form.basic)
        renders.append(("Authorization", _basic(prepare(form.basic, known))))

    def write(scope: Scope) -> Headers:
        written = ((name, render(scope)) for name, render in renders)
        return kept + tuple((name, sendable(name, v)) for name, v in written if v is not None)

    if all(template.is_fixed(known) for template in templates):
        constant = write({})
        return lambda scope: constant
    return write


def _basic(login: Render) -> Render:
    return lambda scope: "Basic " + base64.b64encode(text(login(scope) or "").encode()).decode()
