"""Read how a body is written from a buyer's file: its encoding and its fields. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from buyers.encode import LITERALS, NO_FIELDS, NO_ITEMS, NULL, tree
from buyers.encode_xml import check_names
from buyers.errors import TemplateError
from buyers.file_words import Words
from buyers.filters import Value
from buyers.format import BodyForm, Empty, Encoding, Escape
from buyers.table import Table
from buyers.template import Template
from buyers.words import Stage

ENCODINGS = ("json", "form", "query", "xml", "text")
ESCAPES = ("none", "xml", "json", "url", "csv")
NESTED = ("json", "xml")
BELONGS = {  # Keys of one encoding, refused beside another.
    "wrap": ("json",),
    "names": ("json",),
    "root": ("xml",),
    "declaration": ("xml",),
    "text": ("text",),
    "escape": ("text",),
}
DEEP_MAX = 20  # Tables in tables. No buyer nests a quarter as deep.
FIELDS_MAX = 500

KEY_MIN = 8  # Characters of a constant that may be a key; "none" and "test" are shorter.
SECRET_NAME = re.compile(
    r"authorization|api.?key|auth.?key|access.?key|secret|passw|(auth|access|bearer|api).?token"
    r"|^(lp_)?key$|campaign_key$",
    re.IGNORECASE,
)

Pairs = tuple[tuple[str, Template], ...]


def read_body(table: Table, stage: Stage, words: Words, usual: Encoding) -> BodyForm:
    """Return how the body is written that `table` tells of."""
    encoding = cast("Encoding", table.choice("encoding", ENCODINGS, usual))
    _check_belongs(table, encoding)
    empty = table.choice("empty", ("omit", "send", "null"), "omit")
    if empty == "null" and encoding != "json":
        table.fail("empty", f"null in {encoding}", '"omit" or "send": only JSON has a null')
    if encoding == "text":
        return _text(table, stage, words, cast("Empty", empty))
    fields = _fields(table, encoding, stage, words)
    form = BodyForm(
        encoding=encoding,
        fields=fields,
        empty=cast("Empty", empty),
        plain_names=table.choice("names", ("nested", "plain"), "nested") == "plain",
        root=table.text("root", "") if encoding == "xml" else "",
        declaration=table.flag("declaration", True),
    )
    _check_shape(table, form)
    return form


def _check_belongs(table: Table, encoding: str) -> None:
    for key, encodings in BELONGS.items():
        if key in table and encoding not in encodings:
            table.fail(
                key, f"{key!r} with {encoding!r}", f"only encoding = {encodings[0]!r} has it"
            )
    if encoding == "text" and "fields" in table:
        table.fail("fields", "fields with 'text'", 'text = "..." is all of the body')
    if encoding == "xml" and "root" not in table:
        table.fail("root", "missing", 'the name of the outermost element: root = "Lead"')


def _text(table: Table, stage: Stage, words: Words, empty: Empty) -> BodyForm:
    template = words.template(table, "text", table.text("text"), stage)
    escape = cast("Escape", table.choice("escape", ESCAPES, "none"))
    return BodyForm("text", empty=empty, text=template, escape=escape)


def _fields(table: Table, encoding: str, stage: Stage, words: Words) -> Pairs:
    wrap = table.text("wrap", "")
    fields = read_pairs(table.table("fields"), stage, words, lists_repeat=encoding not in NESTED)
    if len(fields) > FIELDS_MAX:
        table.fail("fields", f"{len(fields)} of them", f"at most {FIELDS_MAX}")
    if encoding != "json":
        for name, template in fields:
            if any(template.parts == (cast("Value", literal),) for literal in LITERALS):
                table.fail(f"fields.{name}", "null, [] or {}", "a text: only JSON has these")
    return tuple((f"{wrap}.{name}", template) for name, template in fields) if wrap else fields


def _check_shape(table: Table, form: BodyForm) -> None:
    if form.encoding not in NESTED:
        return
    try:
        top = tree(form.fields, plain=form.plain_names)
        if form.encoding == "xml":
            check_names(form.root, top)
    except TemplateError as error:
        table.fail("fields", error.problem, error.right)


def read_pairs(table: Table, stage: Stage, words: Words, *, lists_repeat: bool) -> Pairs:
    """Return the names and templates of a table of fields, flat: a.b for tables in it.

    A list repeats its name, or counts it: a[0], a[1].
    """
    return tuple(_flat(table, "", stage, words, lists_repeat, DEEP_MAX))


def _flat(
    table: Table, prefix: str, stage: Stage, words: Words, repeat: bool, deep: int
) -> Iterator[tuple[str, Template]]:
    if not deep:
        table.fail("", "tables in tables without end", f"at most {DEEP_MAX} deep")
    for key in table:
        value = table.raw(key)
        if isinstance(value, list) and value:
            for n, one in enumerate(table.each(key)):
                name = prefix + key if repeat else f"{prefix}{key}[{n}]"
                if isinstance(one, Table):
                    yield from _flat(one, f"{name}.", stage, words, repeat, deep - 1)
                else:
                    yield name, _template(table, key, one, stage, words)
        elif isinstance(value, dict) and value:
            yield from _flat(table.table(key), f"{prefix}{key}.", stage, words, repeat, deep - 1)
        else:
            yield prefix + key, _template(table, key, value, stage, words)


def _template(table: Table, key: str, value: object, stage: Stage, words: Words) -> Template:
    literal = NO_ITEMS if value == [] else NO_FIELDS if value == {} else None
    if value == "{null}":
        literal = NULL
    if literal is not None:
        return Template((cast("Value", literal),))
    template = words.template(table, key, table.constant(key, value), stage, many=True)
    if len(str(value)) >= KEY_MIN:
        refuse_key(table, key, template)
    return template


def refuse_key(table: Table, key: str, template: Template) -> None:
    """Refuse a constant where a key is meant: whoever reads the file would have it."""
    if SECRET_NAME.search(key) and template.parts != ("",) and not any(template.placeholders()):
        right = "declare it in [secrets] and write {secret.NAME}: its value stays in the vault"
        table.fail(key, "a key in the file", right)
