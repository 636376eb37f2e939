"""Draws curves and bars as SVG. Pure: no script, no font and no file of anybody else's.

Colours are named by class; a picture of its own brings their meaning along, for light and for dark,
and a page states them once (INKS).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.harness import Bars, Curve
from bench.results.axes import Axis, axis_of

WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 76, 50
LETTER, KEY = 6.6, 34  # About the width of a letter, and of what is beside a name in the legend.
BAR, BAR_GAP, NAME, VALUE = 22, 10, 170, 90  # Of bars: height, room between, names, numbers.
COLOURS = 8
LIGHT = ("#1b5e9b", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0f766e", "#854d0e", "#334155")
DARK = ("#7cc0f8", "#fb9a5b", "#5fd38a", "#cfa2fb", "#fb8a8a", "#4fd1c1", "#e3b341", "#b6c2d1")


TEXT, TITLE = 'class="text"', 'class="text" font-size="15" font-weight="bold"'
FAINT, MIDDLE, END = 'class="faint"', 'text-anchor="middle"', 'text-anchor="end"'


def inks() -> str:
    """Return the style sheet of pictures, for light and for dark."""
    light = _colours("#ffffff", "#222222", "#5b5b5b", "#e2e2e2", LIGHT)
    dark = _colours("#16191d", "#e8e8e8", "#a9b0b8", "#343a41", DARK)
    return f"{light}@media (prefers-color-scheme: dark) {{{dark}}}"


def _colours(paper: str, text: str, faint: str, grid: str, lines: Sequence[str]) -> str:
    parts = [
        f".paper{{fill:{paper}}}.text{{fill:{text}}}.faint{{fill:{faint}}}.grid{{stroke:{grid}}}"
    ]
    for number, ink in enumerate(lines):
        parts.append(f".s{number}{{stroke:{ink}}}.f{number}{{fill:{ink}}}")
    return "".join(parts)


def draw(drawn: Curve | Bars, *, alone: bool = True) -> str:
    """Return it as an SVG element; `alone`: one that brings its colours along."""
    height, parts = _bars(drawn) if isinstance(drawn, Bars) else _curve(drawn)
    style = f"<style>{inks()}</style>" if alone else ""
    return "".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg" '
            f'font-family="system-ui, sans-serif" font-size="12">{style}'
            f"<title>{escape(drawn.title)}</title>",
            f'<rect class="paper" width="{WIDTH}" height="{height}" rx="6"/>',
            _text(LEFT if isinstance(drawn, Curve) else 16, 24, drawn.title, TITLE),
            *parts,
            "</svg>",
        ]
    )


def _curve(curve: Curve) -> tuple[int, list[str]]:
    points = [point for line in curve.lines.values() for point in line]
    across = axis_of([x for x, _ in points], nines=curve.nines, from_zero=False)
    up = axis_of([y for _, y in points], nines=False, from_zero=True)
    parts = [
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, curve.x, f"{FAINT} {MIDDLE}"),
        _text(LEFT, 42, curve.y, FAINT),
        *_legend(list(curve.lines)),
        *_grid(across, up),
    ]
    for number, (name, line) in enumerate(curve.lines.items()):
        parts += _line(name, line, across, up, number)
    return HEIGHT, parts


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], float(LEFT)
    for number, name in enumerate(names):
        ink = f'class="f{number % COLOURS}"'
        parts.append(f'<rect {ink} x="{x:.1f}" y="53" width="10" height="10" rx="2"/>')
        parts.append(_text(x + 16, 62, name, TEXT))
        x += KEY + LETTER * len(name)
    return parts


def _grid(across: Axis, up: Axis) -> list[str]:
    parts = []
    for value, label in up.ticks:
        y = _y(up.place(value))
        line = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        parts.append(f'<line class="grid" {line}/>')
        parts.append(_text(LEFT - 8, y + 4, label, f"{FAINT} {END}"))
    for value, label in across.ticks:
        x = _x(across.place(value))
        parts.append(_text(x, HEIGHT - BOTTOM + 18, label, f"{FAINT} {MIDDLE}"))
    return parts


def _line(
    name: str, line: Sequence[tuple[float, float]], across: Axis, up: Axis, number: int
) -> list[str]:
    ink = number % COLOURS
    places = [(_x(across.place(x)), _y(up.place(y))) for x, y in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [
        f'<circle class="f{ink}" cx="{x:.1f}" cy="{y:.1f}" r="3">'
        f"<title>{escape(name)}: {value:,.4g}</title></circle>"
        for (x, y), (_, value) in zip(places, line, strict=True)
    ]
    path = f'points="{path}" fill="none" stroke-width="2"'
    return [f'<polyline class="s{ink}" {path}/>', *dots]


def _bars(bars: Bars) -> tuple[int, list[str]]:
    most = max(bars.values.values(), default=1.0) or 1.0
    parts, y = [_text(16, 42, bars.unit, FAINT)], 56.0
    for number, (name, value) in enumerate(bars.values.items()):
        width = max(1.0, (WIDTH - NAME - VALUE) * value / most)
        parts += [
            _text(NAME - 10, y + BAR - 7, name, f"{TEXT} {END}"),
            f'<rect class="f{number % COLOURS}" x="{NAME}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{BAR}" rx="2"/>',
            _text(NAME + width + 8, y + BAR - 7, f"{value:,.4g}", TEXT),
        ]
        y += BAR + BAR_GAP
    return round(y + 10), parts


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def _text(x: float, y: float, text: str, how: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {how}>{escape(text)}</text>'
