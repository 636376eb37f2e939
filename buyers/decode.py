"""Read an answer's bytes in the shape its format says, and in no other. Pure. In doubt, no answer.

orjson reads JSON: it refuses NaN, broken UTF-8 and endless nesting. Its numbers are floats, whose
shortest decimal is what the buyer wrote, up to 15 digits; see price.py. Two things it takes that we
do not: a key that stands twice (which of the two is meant?) is looked for before a bid counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl

import orjson

from buyers.charset import BODY_MAX, body_text
from buyers.forgive import JSON_MENDS, TEXT_MENDS, XML_MENDS, Mend, mender
from buyers.format import AnswerForm, AnswerKind
from buyers.selector import columns, finder
from buyers.unreadable import Unreadable
from buyers.xml_tree import parse_xml
from market.http import HttpReply

BOM = b"\xef\xbb\xbf"
LINES_MAX = 500  # Of delimited text.
PAIRS_MAX = 500  # Of a form.
MENDS: dict[AnswerKind, dict[str, Mend]] = {
    "json": JSON_MENDS,
    "xml": XML_MENDS,
    "text": TEXT_MENDS,
    "delimited": TEXT_MENDS,
    "form": TEXT_MENDS,
}

Json = object
Decode = Callable[[HttpReply], Json]
Parse = Callable[[str], Json]


def decode(body: bytes) -> Json:
    """Return the JSON object or array in `body`. Raises Unreadable."""
    if len(body) > BODY_MAX:
        raise Unreadable("too long")
    try:
        value: Json = orjson.loads(body.removeprefix(BOM))
    except orjson.JSONDecodeError:
        raise Unreadable("not JSON" if body.strip() else "empty") from None
    if type(value) is not dict and type(value) is not list:
        raise Unreadable("not an object")
    return value


def has_key_twice(body: bytes, value: Json) -> bool:
    """Return whether an object of the answer says the same key twice.

    A key that was lost took its colon along, so colons are counted, which costs 1 us; only
    where that proves nothing (a colon written as \\u003a) is the answer read again, slowly.
    """
    try:
        lossless = orjson.dumps(value).count(b":") == body.count(b":")
    except orjson.JSONEncodeError:
        return True  # Nested deeper than we would ever write: nonsense.
    if lossless and (b"\\" not in body or b"\\u003" not in body):  # One byte is found sooner.
        return False
    try:
        json.loads(body.removeprefix(BOM), object_pairs_hook=_single)
    except (ValueError, RecursionError):
        return True
    return False


def _single(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key twice")
    return members


def decoder(form: AnswerForm) -> Decode | None:
    """Return the function that reads an answer, or None: it is plain JSON, see `decode`."""
    if form.kind == "json" and not form.forgive and form.inside is None:
        return None
    parse = _parser(form.kind, form.forgive, form.separator)
    inside = form.inside
    if inside is not None:
        outer, find = parse, finder((inside.at,))
        inner = _parser(inside.kind, inside.forgive, form.separator)

        def decode_inside(reply: HttpReply) -> Json:
            top = outer(body_text(reply))
            found = find(top, top, reply)
            if type(found) is not str:
                raise Unreadable("no answer inside the answer")
            return inner(found)

        return decode_inside
    return lambda reply: parse(body_text(reply))


def _parser(kind: AnswerKind, forgive: frozenset[str], separator: str) -> Parse:
    mend = mender(MENDS[kind], forgive)
    parsers: dict[AnswerKind, Parse] = {
        "json": _json,
        "xml": parse_xml,
        "text": _text,
        "form": _form,
        "delimited": partial(_delimited, separator=separator),
    }
    parse = parsers[kind]

    def parsed(text: str) -> Json:
        try:
            return parse(mend(text) if forgive else text)
        except (ValueError, RecursionError) as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(f"not {kind}") from None

    return parsed


def _json(text: str) -> Json:
    body = text.encode()
    value = decode(body)
    if has_key_twice(body, value):
        raise Unreadable("a key stands twice")
    return value


def _text(text: str) -> Json:
    if not text.strip():
        raise Unreadable("empty")
    return text.strip()


def _form(text: str) -> Json:
    pairs = parse_qsl(
        text.strip(), keep_blank_values=True, strict_parsing=True, max_num_fields=PAIRS_MAX
    )
    return _single([(name, value.strip()) for name, value in pairs])


def _delimited(text: str, separator: str) -> Json:
    lines = [line for line in text.splitlines()[:LINES_MAX] if line.strip()]
    if not lines:
        raise Unreadable("empty")
    return [columns(line, separator) for line in lines]
