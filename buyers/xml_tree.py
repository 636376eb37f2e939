"""Read XML as a tree, and nothing that XML can do besides. Pure. In doubt it is no answer.

The standard library's expat reads it, with handlers of ours that refuse a DOCTYPE: so there are
no entities but the five of XML, nothing is fetched, and nothing can grow. defusedxml does the same
by the same handlers; ours also bound depth and count, and build the one tree that paths need.
Names are known without their namespace prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from buyers.unreadable import Unreadable

DEPTH_MAX = 64  # Elements in elements. SOAP around a list of bids is 10 deep.
NODES_MAX = 3000  # Elements and attributes: a list of 100 bids with two dozen fields each.


@dataclass(slots=True, eq=False)
class Element:
    """One element. `texts` are the pieces of its own text."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return all text in it and in what is inside it, without the blanks around."""
        if not self.children:
            return "".join(self.texts).strip()
        return " ".join(filter(None, ("".join(e.texts).strip() for e in self.walk())))

    def walk(self) -> Iterator[Element]:
        """Yield it and all elements inside it, in the order of the document."""
        stack = [self]
        while stack:
            one = stack.pop()
            yield one
            stack.extend(reversed(one.children))


def parse_xml(text: str) -> Element:
    """Return a document whose one child is the root element of `text`. Raises Unreadable.

    The declared encoding is not looked at: `text` is decoded already (and liars are many).
    """
    builder = _Builder()
    parser = expat.ParserCreate()  # A text overrules what the prolog says of encodings.
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.strip(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        raise Unreadable("not XML" if text.strip() else "empty") from None
    return builder.document


class _Builder:
    def __init__(self) -> None:
        self.document = Element("", {})
        self._open = [self.document]
        self._nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1 + len(attributes)
        if len(self._open) > DEPTH_MAX or self._nodes > NODES_MAX:
            raise Unreadable("too much XML")
        local = {key.rpartition(":")[2]: said.strip() for key, said in attributes.items()}
        element = Element(name.rpartition(":")[2], local)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].texts.append(text)


def _refuse_doctype(*_: object) -> None:
    raise Unreadable("XML with a DOCTYPE")
