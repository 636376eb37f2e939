"""What every carrier's file has in common. Pure."""

from __future__ import annotations


class MalformedWebhook(Exception):
    """`field` is not `expected`. What was found is not told: it may be personal."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field
        self.expected = expected
