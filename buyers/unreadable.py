"""What reading an answer raises when it is none. Pure."""

from __future__ import annotations


class Unreadable(ValueError):
    """The bytes are no answer; says why, and never what they were."""
