"""What the processor says no with, in Stripe's own shape. Pure."""

from __future__ import annotations

from typing import Any

INVALID = "invalid_request_error"


class Refused(Exception):
    """An answer that is an error. `kept`: the key's answer from now on, as it was executed."""

    def __init__(
        self, status: int, kind: str, message: str, *, kept: bool = False, **more: object
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept
        self.body: dict[str, Any] = {"error": {"type": kind, "message": message} | more}


def invalid(message: str, param: str = "", code: str = "", status: int = 400) -> Refused:
    """Return the error of a request that cannot be right."""
    more: dict[str, Any] = {name: each for name, each in (("param", param), ("code", code)) if each}
    return Refused(status, INVALID, message, **more)


def missing(kind: str, id_: str) -> Refused:
    """Return the error of an object that is not there."""
    return invalid(f"No such {kind}: '{id_}'", "id", "resource_missing", 404)


def declined(message: str, code: str, decline_code: str, intent: dict[str, Any]) -> Refused:
    """Return a card's no. It was executed: the same key hears it again."""
    more: dict[str, object] = {"code": code, "decline_code": decline_code, **intent}
    return Refused(402, "card_error", message, kept=True, **more)
