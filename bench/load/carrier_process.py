"""The carrier of whole calls (bench/load/carrier.py) as a process that takes orders."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def carrier() -> subprocess.Popen[str]:
    """Start the carrier; its first line is the port of its commands."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench.load.carrier"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def played(process: subprocess.Popen[str], **told: object) -> dict[str, Any]:
    """Let the carrier play, and return what it found."""
    order(process, **told)
    return found(process)


def order(process: subprocess.Popen[str], **told: object) -> None:
    """Let the carrier play."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()


def found(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what the carrier found, once it has played."""
    assert process.stdout is not None
    seen: dict[str, Any] = json.loads(process.stdout.readline())
    return seen
