"""`python -m bench report`: everything measured, as one page of HTML that needs nothing else.

Beside it a folder has each curve as a picture of its own, for other pages to show, and the results
(results.json), from which `python -m bench report --from` draws all of it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

from bench.harness import Result
from bench.results.drawing import draw, inks
from bench.results.everything import Everything
from bench.results.prose import as_html, title_of

STYLE = """
:root { color-scheme: light dark; --text: #222; --faint: #5b5b5b; --line: #e2e2e2; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --faint: #a9b0b8; --line: #343a41; --paper: #16191d; }
}
body { font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--paper);
       max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3.5rem; } h2 small { font-weight: normal; }
small, .faint, nav { color: var(--faint); } a { color: inherit; }
nav a { margin-right: .8rem; white-space: nowrap; }
.wide { overflow-x: auto; } .wide > svg { min-width: 26rem; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; font-size: .95rem; }
th { text-align: left; font-weight: normal; color: var(--faint); }
td, th { padding: .2rem 1rem .2rem 0; border-bottom: 1px solid var(--line); }
td.n { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; }
code { font-size: .92em; } ul, ol { padding-left: 1.3rem; } li { margin: .25rem 0; }
svg { display: block; width: 100%; height: auto; margin: 1rem 0; }
.failed { border-left: 4px solid #c2410c; padding-left: .8rem; }
"""
ABOUT = (
    "What each measurement is, and what it cannot say, stands above its figures. Ratios were taken "
    "in one run, in turns, and travel; figures belong to the machine that they were taken on."
)


def write_page(found: Everything) -> str:
    """Return the page."""
    facts = ", ".join(f"{key} {value}" for key, value in found.machine.items())
    quick = " Taken with --quick: a few seconds each, and less certain." if found.quick else ""
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>auctiond, measured</title><style>{STYLE}{inks()}</style>",
        f"<h1>auctiond, measured</h1><p>{ABOUT}{quick}</p>",
        f'<p class="faint">{escape(found.at)}; {escape(facts)}</p>',
        f"<nav>{_links([*found.results, *found.failed])}</nav>",
        f"<h2>All ratios</h2>{_table('', found.together().ratios)}",
        *(_section(name, one, found.seconds.get(name)) for name, one in found.results.items()),
        *(_failure(name, why) for name, why in found.failed.items()),
        "</html>",
    ]
    return "\n".join(parts)


def write_report(found: Everything, path: Path) -> None:
    """Write the page, and beside it the pictures and the results."""
    pictures = path.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    path.write_text(write_page(found), "utf-8")
    for result in found.results.values():
        for curve in result.curves:
            (pictures / f"{slug(curve.title)}.svg").write_text(draw(curve) + "\n", "utf-8")
    (pictures / "results.json").write_bytes(found.tell() + b"\n")


def slug(title: str) -> str:
    """Return a title as the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _links(names: Iterable[str]) -> str:
    return " ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names)


def _section(name: str, result: Result, took_s: float | None) -> str:
    about = cleandoc(import_module(f"bench.{name}").__doc__ or "")
    took = f", {took_s:,.0f} s" if took_s is not None else ""
    curves = "".join(f'<div class="wide">{draw(one, alone=False)}</div>' for one in result.curves)
    tables = _table("ratio", result.ratios) + _table("figure", result.figures)
    small = f"<small>bench {escape(name)}{took}</small>"
    heading = f'<h2 id="{escape(name)}">{escape(title_of(about))} {small}</h2>'
    return f"{heading}{as_html(about)}{curves}{tables}"


def _table(kind: str, values: Mapping[str, float]) -> str:
    rows = "".join(
        f'<tr><td>{escape(key)}</td><td class="n">{value:,.3f}</td></tr>'
        for key, value in values.items()
    )
    head = f"<tr><th>{kind}</th><th></th></tr>" if kind else ""
    return f'<div class="wide"><table>{head}{rows}</table></div>' if rows else ""


def _failure(name: str, why: str) -> str:
    return f'<h2 id="{escape(name)}">{escape(name)}</h2><p class="failed">Failed: {escape(why)}</p>'
