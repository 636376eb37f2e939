"""The other side of a measurement in a process of its own: it takes orders, and tells what it saw.

Its module reads an order from each line of its standard input, carries it out, and writes a line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class OtherSide:
    """The process. Its orders are dataclasses."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its number, for who moves it to a core."""
        return self._process.pid

    async def carry_out(self, order: DataclassInstance) -> dict[str, Any]:
        """Return what was seen."""
        return await trio.to_thread.run_sync(self._carry_out, order)

    def _carry_out(self, order: DataclassInstance) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        self._process.stdin.flush()
        seen: dict[str, Any] = json.loads(self._process.stdout.readline())
        return seen


@contextmanager
def other_side(module: str) -> Iterator[OtherSide]:
    """Run the process of `module` while the block lasts."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield OtherSide(process)
        assert process.stdin is not None
        process.stdin.close()
