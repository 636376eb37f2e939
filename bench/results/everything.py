"""What all measurements found, in memory and as the JSON of `bench all --json`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from bench.harness import Result, machine
from bench.results.telling import hear_curves, tell

TOOK = "took_s"


@dataclass(slots=True)
class Everything:
    """What each found, how long it took, and which failed, with the reason."""

    results: dict[str, Result] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    quick: bool = False
    machine: Mapping[str, str | int] = field(default_factory=machine)
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="minutes"))

    def together(self) -> Result:
        """Return all as one result, whose names begin with the measurement's."""
        results = self.results.items()
        return Result(
            figures={
                f"{name}.{key}": it for name, one in results for key, it in one.figures.items()
            }
            | {f"{name}.{TOOK}": round(took, 1) for name, took in self.seconds.items()},
            ratios={f"{name}.{key}": it for name, one in results for key, it in one.ratios.items()},
            curves=tuple(curve for _, one in results for curve in one.curves),
        )

    def tell(self) -> bytes:
        """Return all as one JSON object, from which `read_everything` has it again."""
        drawn = {name: one.curves for name, one in self.results.items() if one.curves}
        more = {"quick": self.quick, "machine": self.machine, "at": self.at, "failed": self.failed}
        together = self.together()
        return tell("all", Result(together.figures, together.ratios), curves=drawn, **more)


class BadResults(ValueError):
    """A file is not what `bench all --json` printed; the text says what is wrong."""


def read_everything(data: bytes) -> Everything:
    """Return what `bench all --json` found. Raises BadResults."""
    try:
        told: dict[str, Any] = orjson.loads(data)
        found = Everything(quick=told["quick"], machine=told["machine"], at=told["at"])
        found.failed = dict(told["failed"])
        for kind in ("figures", "ratios"):
            for full, value in told[kind].items():
                name, _, key = full.partition(".")
                if key == TOOK:
                    found.seconds[name] = value
                else:
                    values = getattr(found.results.setdefault(name, Result({})), kind)
                    values[key] = value
        for name, curves in told["curves"].items():
            one = found.results[name]
            found.results[name] = Result(one.figures, one.ratios, hear_curves(curves))
    except orjson.JSONDecodeError as error:
        raise BadResults(f"it is no JSON: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise BadResults(f"`bench all --json` prints something else: {error!r}") from None
    return found
