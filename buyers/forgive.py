"""Mend what some buyers' answers always have wrong. Pure. Only where their file says so.

Each of these changes what stands there, so none is done unasked: an answer that is odd in a way
which nobody foresaw may be half an answer, or somebody else's.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

# A text that never ends runs to the end: so every pattern walks along the answer once, and none
# can be made to try again and again.
STRING = r'"(?:[^"\\]|\\.)*+"?'
TRAILING = re.compile(rf"({STRING})|,(?=\s*+[}}\]])", re.DOTALL)
BARE_KEY = re.compile(rf"({STRING})|(?<=[{{,])(\s*+)([A-Za-z_]\w*+)(\s*+):", re.DOTALL)
COMMENT = re.compile(rf"({STRING})|/\*.*?(?:\*/|\Z)|//[^\n]*+", re.DOTALL)
SINGLE = re.compile(rf"({STRING})|'((?:[^'\\]|\\.)*+)'?", re.DOTALL)
AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
PROLOG = re.compile(r"\s*+<\?xml[^>]{0,200}\?>")


def trailing_commas(text: str) -> str:
    """Drop a comma before a closing bracket."""
    return TRAILING.sub(lambda found: found[1] or "", text)


def single_quotes(text: str) -> str:
    """Make 'text' of JSON "text"."""

    def mended(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        inside = found[2].replace("\\'", "'").replace('"', '\\"')
        return f'"{inside}"'

    return SINGLE.sub(mended, text)


def bare_keys(text: str) -> str:
    """Put quotes around the keys of an object that have none."""
    return BARE_KEY.sub(lambda f: f[1] if f[1] is not None else f'{f[2]}"{f[3]}"{f[4]}:', text)


def comments(text: str) -> str:
    """Drop comments from JSON."""
    return COMMENT.sub(lambda found: found[1] or " ", text)


def surroundings(text: str) -> str:
    """Cut away what stands around the answer: HTML around JSON, a warning in front, callback()."""
    starts = [at for mark in "{[" if (at := text.find(mark)) >= 0]
    if not starts:
        return text
    start = min(starts)
    end = text.rfind("}" if text[start] == "{" else "]")
    return text[start : end + 1] if end > start else text


def before_xml(text: str) -> str:
    """Cut away what stands in front of the XML, as a blank line or a warning does."""
    start = text.find("<?xml")
    start = text.find("<") if start < 0 else start
    end = text.rfind(">")
    return text[start : end + 1] if 0 <= start < end else text


def escaped(text: str) -> str:
    """Undo the escaping of a whole answer: &lt;price&gt; is <price>."""
    return html.unescape(text)


def ampersands(text: str) -> str:
    """Escape what should have been: AT&T in XML."""
    return AMPERSAND.sub("&amp;", text)


def no_root(text: str) -> str:
    """Put a root element around elements that have none."""
    prolog = PROLOG.match(text)
    return f"<answer>{text[prolog.end() :] if prolog else text}</answer>"


Mend = Callable[[str], str]
# In the order they are done.
JSON_MENDS: dict[str, Mend] = {
    "escaped": escaped,
    "surroundings": surroundings,
    "comments": comments,
    "single_quotes": single_quotes,
    "trailing_commas": trailing_commas,
    "bare_keys": bare_keys,
}
XML_MENDS: dict[str, Mend] = {
    "escaped": escaped,
    "surroundings": before_xml,
    "ampersands": ampersands,
    "no_root": no_root,
}
TEXT_MENDS: dict[str, Mend] = {"escaped": escaped}


def mender(mends: dict[str, Mend], chosen: frozenset[str]) -> Mend:
    """Return the function that does what was chosen."""
    done = [mend for name, mend in mends.items() if name in chosen]

    def mend(text: str) -> str:
        for one in done:
            text = one(text)
        return text

    return mend
