"""What who was rung hears before the join, and how long that may take. Pure."""

from __future__ import annotations

WORD_S = 0.6  # Spoken slowly.
PRESS_S = 8.0  # Who was rung may take so long to press the key.
PROMPT = "You have a call. To take it, press one."  # Where a key is asked for without a whisper.


def whisper_of(text: str, *, accept_key: bool) -> str:
    """Return what is said: `text`, or the usual question where a key alone is asked for."""
    return text or (PROMPT if accept_key else "")


def whisper_s(text: str, *, accept_key: bool) -> float:
    """Return how long who answers may take to hear that and to press the key, in seconds."""
    words = whisper_of(text, accept_key=accept_key).split()
    return WORD_S * len(words) + (PRESS_S if accept_key else 0.0)
