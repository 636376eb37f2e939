"""Why something cannot be done with money as it was asked for, in words for people."""

from __future__ import annotations


class MoneyRefused(Exception):
    """It cannot be done so; the text says why, and `status` (of HTTP) whose fault it is."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
