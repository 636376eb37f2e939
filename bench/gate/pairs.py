"""Rounds of a probe in two trees, in turns, in several generations of processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bench.gate.compare import Pair

Ticked = Callable[[], object]


class NotRunning(Exception):
    """A probe ended before its time; the text is the last that it said."""


@dataclass(frozen=True, slots=True)
class Side:
    """Where a probe runs, and how much is planted there."""

    tree: Path
    plant: float = 1.0


@dataclass(frozen=True, slots=True)
class Effort:
    """Of how many rounds a comparison is made."""

    generations: int = 3
    rounds: int = 24  # Many and short: a burst of a neighbour's then hits few.


def measure(
    name: str, base: Side, head: Side, effort: Effort, tick: Ticked = lambda: None
) -> list[list[Pair]]:
    """Return pairs of rounds, for each generation. Raises NotRunning."""
    return [_tried_twice(name, base, head, effort.rounds, tick) for _ in range(effort.generations)]


def _tried_twice(name: str, base: Side, head: Side, rounds: int, tick: Ticked) -> list[Pair]:
    """Return the pairs of a generation; one that fails by the weather may begin again, once."""
    try:
        return _generation(name, base, head, rounds, tick)
    except NotRunning:
        return _generation(name, base, head, rounds, tick)


def _generation(name: str, base: Side, head: Side, rounds: int, tick: Ticked) -> list[Pair]:
    pairs: list[Pair] = []
    with probe(name, base) as one, probe(name, head) as other:
        one.wait_ready()
        other.wait_ready()
        for number in range(rounds):
            if number % 2:  # Who comes first finds the caches cold, so they take turns in that too.
                head_us = other.ask()
                pairs.append(Pair(one.ask(), head_us))
            else:
                pairs.append(Pair(one.ask(), other.ask()))
            tick()
    return pairs


@contextmanager
def probe(name: str, side: Side) -> Iterator[Running]:
    """Run a probe in a process of its own, while the block lasts."""
    command = [sys.executable, "-m", "bench.gate.probe", name, str(side.plant)]
    # Hashes alike in both, so that no dictionary is luckier than the other's.
    environment = os.environ | {"PYTHONPATH": str(side.tree), "PYTHONHASHSEED": "0"}
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=side.tree,
            env=environment,
        ) as process,
    ):
        try:
            yield Running(side, process, errors)
        finally:
            assert process.stdin is not None
            process.stdin.close()


@dataclass(frozen=True, slots=True)
class Running:
    """A probe that runs."""

    side: Side
    process: subprocess.Popen[str]
    errors: IO[str]

    def wait_ready(self) -> None:
        """Return when it is warm. Raises NotRunning."""
        tree = self._hear()["tree"]
        if Path(tree).resolve() != self.side.tree.resolve():
            raise NotRunning(f"it ran the code of {tree}")

    def ask(self) -> float:
        """Have it do a round; return microseconds a unit. Raises NotRunning."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # It has ended: what it said last is told below.
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        return float(self._hear()["us"])

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            raise NotRunning(last_line(self.errors.read()))
        told: dict[str, Any] = json.loads(line)
        return told


def last_line(text: str) -> str:
    """Return the last line that says something: of a traceback, the error."""
    lines = [line.strip(" |") for line in text.splitlines()]
    return next((line for line in reversed(lines) if line.strip("+- ")), "it said nothing")
