"""Draws curves as SVG. Pure: no script, no font and no file of anybody else's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from bench.harness import Curve

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
INKS = ("#1b5e9b", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0f766e", "#854d0e", "#334155")
TICKS = 5


def draw(curve: Curve) -> str:
    """Return the curve as an SVG element."""
    points = [point for line in curve.lines.values() for point in line]
    x_most = nice(max((x for x, _ in points), default=1.0))
    y_most = nice(max((y for _, y in points), default=1.0))
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'font-family="sans-serif" font-size="12"><title>{escape(curve.title)}</title>',
        _text(LEFT, 20, curve.title, 'font-size="15" font-weight="bold"'),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, curve.x, 'text-anchor="middle"'),
        _text(LEFT, 34, curve.y, 'fill="#555"'),
        *_grid(x_most, y_most),
    ]
    for number, (name, line) in enumerate(curve.lines.items()):
        parts += _line(name, line, x_most, y_most, number)
    return "".join([*parts, "</svg>"])


def nice(most: float) -> float:
    """Return the least of 1, 2, 2.5, 5 and their powers of ten that `most` does not exceed."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= most * 0.9999)


def _grid(x_most: float, y_most: float) -> list[str]:
    parts = []
    for tick in range(TICKS + 1):
        y_value, x_value = y_most * tick / TICKS, x_most * tick / TICKS
        x, y = _place((x_value, y_value), x_most, y_most)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e5e5"/>'
        )
        parts.append(_text(LEFT - 8, y + 4, f"{y_value:g}", 'text-anchor="end"'))
        parts.append(_text(x, HEIGHT - BOTTOM + 18, f"{x_value:g}", 'text-anchor="middle"'))
    return parts


def _line(
    name: str, line: Sequence[tuple[float, float]], x_most: float, y_most: float, number: int
) -> list[str]:
    ink = INKS[number % len(INKS)]
    places = [_place(point, x_most, y_most) for point in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ink}"/>' for x, y in places)
    y = TOP + 14 + 18 * number
    return [
        f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>{dots}',
        f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 9}" width="10" height="10" fill="{ink}"/>',
        _text(WIDTH - RIGHT + 30, y, name, ""),
    ]


def _place(point: tuple[float, float], x_most: float, y_most: float) -> tuple[float, float]:
    x, y = point
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return LEFT + across * x / x_most, HEIGHT - BOTTOM - up * min(y, y_most) / y_most


def _text(x: float, y: float, text: str, how: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {how}>{escape(text)}</text>'
