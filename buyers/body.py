"""Write a body in the encoding its form says: prepared once, then called per ask. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from buyers.encode import NULL, form_body, json_body, tree
from buyers.encode_xml import XmlForm, xml_body
from buyers.filters_bytes import ESCAPES
from buyers.format import BodyForm
from buyers.template import Scope, is_known, prepare_text

EMPTY = {"omit": None, "send": "", "null": NULL}  # What stands in JSON for a missing value.


def ping_body_writer(form: BodyForm, known: Mapping[str, str]) -> Callable[[Scope], bytes]:
    """Return the function that writes a ping's body. Raises Unmapped, as the function does.

    A body that names nothing of its target's own is written once for all whom an auction asks.
    """
    if any(is_known(source, known) for source in form.sources()):
        return body_writer(form, known)
    return _shared(form)


@lru_cache(maxsize=512)  # Of formats there are some dozens, with the operator's own.
def _shared(form: BodyForm) -> Callable[[Scope], bytes]:
    write = body_writer(form, {})
    last: tuple[Scope, bytes] | None = None

    def written(scope: Scope) -> bytes:
        nonlocal last
        if last is None or last[0] is not scope:  # That of an ask is the same for all asked.
            last = (scope, write(scope))
        return last[1]

    return written


def body_writer(form: BodyForm, known: Mapping[str, str]) -> Callable[[Scope], bytes]:
    """Return the function that writes the body. Raises Unmapped, as the function does."""
    if form.encoding == "json":
        return json_body(tree(form.fields, plain=form.plain_names), known, EMPTY[form.empty])
    if form.encoding == "xml":
        xml = XmlForm(form.root, form.declaration, send_empty=form.empty != "omit")
        return _bytes(xml_body(tree(form.fields), known, xml))
    if form.encoding == "text":
        assert form.text is not None
        missing = None if form.empty == "omit" else ""
        return _bytes(prepare_text(form.text, known, ESCAPES.get(form.escape), missing))
    return _bytes(form_body(form.fields, known, send_empty=form.empty != "omit"))


def _bytes(write: Callable[[Scope], str]) -> Callable[[Scope], bytes]:
    return lambda scope: write(scope).encode()
