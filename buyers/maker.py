"""Prepare a format's requests for one target, so that writing one per ask is quick. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from buyers.encode import form_body, json_body, url_part, with_query
from buyers.errors import Unmapped
from buyers.filters import text
from buyers.format import RequestForm
from buyers.template import Render, Scope, Template, prepare
from market.http import HttpRequest

Maker = Callable[[Scope], HttpRequest]
Headers = tuple[tuple[str, str], ...]

CONTENT_TYPE = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


def maker(form: RequestForm, known: Mapping[str, str]) -> Maker | None:
    """Return the function that writes the request, or None when the target set no url for it.

    `known` is what the target brings. Raises Unmapped for what it should bring and does not, and
    ValueError, saying what is wrong, for an address or a header that cannot be sent.
    """
    url = prepare(form.url, known, url_part)
    fixed_url = url({}) if _is_fixed(form.url, known) else None
    if fixed_url is None and len(form.url.parts) == 1:
        return None
    check_url(text(fixed_url) if fixed_url is not None else _start(form.url, known))
    headers = _headers(form, known)
    if form.encoding == "json":
        return _with_body(form.method, url, headers, json_body(form.fields, known))
    query = form_body(form.fields, known)
    if form.encoding == "form":
        return _with_body(form.method, url, headers, lambda scope: query(scope).encode())
    return lambda scope: HttpRequest(
        form.method, with_query(text(url(scope) or ""), query(scope)), headers(scope)
    )


def _with_body(
    method: str, url: Render, headers: Callable[[Scope], Headers], body: Callable[[Scope], bytes]
) -> Maker:
    return lambda scope: HttpRequest(method, text(url(scope) or ""), headers(scope), body(scope))


def _is_fixed(template: Template, known: Mapping[str, str]) -> bool:
    return all(
        source in known or source.startswith(("settings.", "secret."))
        for source in template.sources()
    )


def _start(template: Template, known: Mapping[str, str]) -> str:
    """Return the address a url begins with, before anything of an ask or a bid is in it."""
    return text(prepare(Template(template.parts[:1]), known)({}) or "")


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
    usual = [("Accept", "application/json")]
    if form.encoding in CONTENT_TYPE:
        usual.append(("Content-Type", CONTENT_TYPE[form.encoding]))
    kept = tuple(header for header in usual if header[0].lower() not in names)
    renders = [(name, prepare(template, known)) for name, template in form.headers]

    def write(scope: Scope) -> Headers:
        written = ((name, render(scope)) for name, render in renders)
        return kept + tuple((name, _sendable(name, v)) for name, v in written if v is not None)

    if all(_is_fixed(template, known) for _, template in form.headers):
        constant = write({})
        return lambda scope: constant
    return write


def _sendable(name: str, value: str | float) -> str:
    """Return a header's value; a line end in it would start a header of its own."""
    line = text(value)
    if not line.isascii() or not line.isprintable():
        raise Unmapped(name)
    return line
