"""Write a body in the encoding its form says: prepared once, then called per ask. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from buyers.encode import NULL, form_body, json_body, tree
from buyers.encode_xml import XmlForm, xml_body
from buyers.filters_bytes import ESCAPES
from buyers.format import BodyForm
from buyers.template import Scope, prepare_text

EMPTY = {"omit": None, "send": "", "null": NULL}  # What stands in JSON for a missing value.


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
