"""`python -m bench report`: everything measured, as one page of HTML that needs nothing else.

Its curves are also written as pictures, for other pages to show.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

from bench.drawing import draw
from bench.everything import Everything
from bench.harness import Result, machine

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 52rem; margin: 2rem auto;
       padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3rem; }
pre { white-space: pre-wrap; font: inherit; color: #444; }
table { border-collapse: collapse; margin: 1rem 0; }
td { padding: .15rem 1.5rem .15rem 0; border-bottom: 1px solid #eee; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; margin: 1rem 0; }
"""


def write_page(found: Everything) -> str:
    """Return the page."""
    facts = ", ".join(f"{key} {value}" for key, value in machine().items())
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>auctiond, measured</title><style>{STYLE}</style>",
        "<h1>auctiond, measured</h1>",
        f"<p>{escape(at)}; {escape(facts)}. Figures belong to this machine; ratios travel. "
        "What a measurement cannot say stands above its figures.</p>",
        *(_section(name, result) for name, result in found.results.items()),
        *(
            f"<h2>{escape(name)}</h2><p>Failed: {escape(why)}</p>"
            for name, why in found.failed.items()
        ),
        "</html>",
    ]
    return "\n".join(parts)


def write_report(found: Everything, path: Path) -> None:
    """Write the page, and beside it a folder with each curve as a picture of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_page(found), "utf-8")
    curves = [curve for result in found.results.values() for curve in result.curves]
    pictures = path.with_suffix("")
    pictures.mkdir(exist_ok=True)
    for curve in curves:
        (pictures / f"{slug(curve.title)}.svg").write_text(draw(curve), "utf-8")


def slug(title: str) -> str:
    """Return a title as the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _section(name: str, result: Result) -> str:
    about = cleandoc(import_module(f"bench.{name}").__doc__ or "")
    rows = [*result.ratios.items(), *result.figures.items()]
    table = "".join(
        f'<tr><td>{escape(key)}</td><td class="n">{value:,.3f}</td></tr>' for key, value in rows
    )
    curves = "".join(draw(curve) for curve in result.curves)
    return f"<h2>{escape(name)}</h2><pre>{escape(about)}</pre>{curves}<table>{table}</table>"
