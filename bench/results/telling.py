"""Results as JSON, and back: from the process of a measurement, and from a file to be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from bench.harness import Bars, Curve, Result, machine

Told = dict[str, Any]


def tell(name: str, result: Result, **more: object) -> bytes:
    """Return the one JSON object that a machine reads."""
    told: Told = {"bench": name, "figures": result.figures, "ratios": result.ratios}
    if result.curves:
        told["curves"] = result.curves
    at = datetime.now(UTC).isoformat(timespec="minutes")
    return orjson.dumps(told | {"machine": machine(), "at": at} | more)


def hear(data: bytes) -> Result:
    """Return the result that a measurement told."""
    told: Told = orjson.loads(data)
    return Result(told["figures"], told["ratios"], hear_curves(told.get("curves", ())))


def hear_curves(told: Sequence[Mapping[str, Any]]) -> tuple[Curve | Bars, ...]:
    """Return what is to be drawn."""
    return tuple(_bars(one) if "values" in one else _curve(one) for one in told)


def _curve(told: Mapping[str, Any]) -> Curve:
    lines = {name: [(x, y) for x, y in line] for name, line in told["lines"].items()}
    return Curve(told["title"], told["x"], told["y"], lines, told.get("nines", False))


def _bars(told: Mapping[str, Any]) -> Bars:
    return Bars(told["title"], told["unit"], dict(told["values"]))
