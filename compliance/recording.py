"""May this call be recorded now? In doubt: no. Pure."""

from __future__ import annotations


def refusal(
    *, on: bool, target_blocks: bool, agreed: bool | None, always_ask: bool, strict_place: str
) -> str:
    """Return "" when it may be recorded, else why not.

    `agreed` is what the caller said, or did by staying; None: nobody asked or told. Then the law
    must not need it in any place, and `strict_place` is one where it may.
    """
    if not on:
        return "off"
    if target_blocks:
        return "target"
    if agreed is not None:
        return "" if agreed else "declined"
    if always_ask:
        return "not_asked"
    return f"law:{strict_place}" if strict_place else ""
