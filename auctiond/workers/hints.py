"""The worker that leads a call stands in the URLs of its webhooks. Pure."""

from __future__ import annotations

import re

HINT = "w="  # How the slot stands in the query.
SLOT = re.compile(r"\d{1,4}", re.ASCII)


def hint_of(slot: int) -> str:
    """Return what is added to the URL of webhooks, so that any worker knows whose they are."""
    return f"?{HINT}{slot}"


def hinted(query: str) -> int | None:
    """Return the slot that a webhook's URL names, if it does."""
    for part in query.split("&"):
        slot = part.removeprefix(HINT)
        if part.startswith(HINT) and SLOT.fullmatch(slot):
            return int(slot)
    return None
