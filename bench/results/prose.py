"""The docstring of a measurement as HTML: paragraphs, lists, and names in backticks. Pure."""

from __future__ import annotations

import re
from html import escape

_ITEM = re.compile(r"^ *(?:-|\d+\.) ")


def title_of(text: str) -> str:
    """Return what a docstring's first line says before its colon or its end."""
    first = text.partition("\n")[0]
    return re.split(r"[:.](?: |$)", first, maxsplit=1)[0]


def as_html(text: str) -> str:
    """Return `text` with its paragraphs and lists."""
    return "".join(_block(block.splitlines()) for block in text.split("\n\n") if block.strip())


def _block(lines: list[str]) -> str:
    """Return a paragraph, and the list that may follow it: its items may go on over lines."""
    said: list[str] = []
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(_ITEM.sub("", line))
        elif items and line.startswith(" "):
            items[-1] += " " + line.strip()
        elif items:  # A paragraph that follows its list without a line between.
            return _block(lines[: lines.index(line)]) + _block(lines[lines.index(line) :])
        else:
            said.append(line)
    paragraph = f"<p>{_inline(' '.join(said))}</p>" if said else ""
    listed = "".join(f"<li>{_inline(item)}</li>" for item in items)
    return paragraph + (f"<ul>{listed}</ul>" if listed else "")


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
