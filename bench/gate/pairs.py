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
from typing import Any

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

    generations: int = 4
    rounds: int = 12


def measure(
    name: str, base: Side, head: Side, effort: Effort, tick: Ticked = lambda: None
) -> list[list[Pair]]:
    """Return pairs of rounds, for each generation. Raises NotRunning."""
    return [_generation(name, base, head, effort.rounds, tick) for _ in range(effort.generations)]


def _generation(name: str, base: Side, head: Side, rounds: int, tick: Ticked) -> list[Pair]:
    pairs: list[Pair] = []
    with probe(name, base) as ask_base, probe(name, head) as ask_head:
        for number in range(rounds):
            if number % 2:  # Who comes first finds the caches cold, so they take turns in that too.
                head_us = ask_head()
                pairs.append(Pair(ask_base(), head_us))
            else:
                pairs.append(Pair(ask_base(), ask_head()))
            tick()
    return pairs


@contextmanager
def probe(name: str, side: Side) -> Iterator[Callable[[], float]]:
    """Run a probe; yield what has it do a round and returns microseconds a unit."""
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
        assert process.stdin is not None
        assert process.stdout is not None

        def said() -> dict[str, Any]:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                process.wait()
                errors.seek(0)
                raise NotRunning(last_line(errors.read()))
            told: dict[str, Any] = json.loads(line)
            return told

        def ask() -> float:
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # It has ended: what it said last is told below.
                process.stdin.write("\n")
                process.stdin.flush()
            return float(said()["us"])

        try:
            tree = said()["tree"]
            if Path(tree).resolve() != side.tree.resolve():
                raise NotRunning(f"it ran the code of {tree}")
            yield ask
        finally:
            process.stdin.close()


def last_line(text: str) -> str:
    """Return the last line that says something: of a traceback, the error."""
    lines = [line.strip(" |") for line in text.splitlines()]
    return next((line for line in reversed(lines) if line.strip("+- ")), "it said nothing")
