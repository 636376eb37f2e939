"""Real SIP on loopback. What is not installed skips these tests, but never in CI."""

from __future__ import annotations

import os

import pytest


def need(missing: str) -> None:
    """Skip where something is not installed; in CI that is a failure."""
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI has to have it: {missing}")
    if missing:
        pytest.skip(missing)
