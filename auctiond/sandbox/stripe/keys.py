"""Idempotency keys: the first answer is kept for a day, and the same key hears it again.

Facts of Stripe's: parameters are compared; a key that is under way is a 409; nothing is kept of a
request that was refused before it was executed; what was executed is kept, a 500 too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auctiond.sandbox.stripe.form import Params
from auctiond.sandbox.stripe.refused import Refused, invalid
from auctiond.sandbox.stripe.shapes import Json

KEEP_S = 86_400
CHARS_MAX = 255
KEYS_MAX = 100_000  # Then the oldest goes: a sandbox is not run for years.


@dataclass(slots=True)
class Kept:
    path: str
    params: Params
    at: float
    status: int = 0  # 0: it is under way.
    body: Json | None = None


class Keys:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: dict[str, Kept] = {}

    def begin(self, key: str, path: str, params: Params) -> Kept | None:
        """Return the answer that is kept for `key`, or None: it is to be made. Raises Refused."""
        if not 1 <= len(key) <= CHARS_MAX:
            raise invalid("Idempotency keys have 1 to 255 characters")
        known = self._kept.get(key)
        if known is not None and self._now() - known.at > KEEP_S:
            known = None  # Pruned: the same key makes another charge.
        if known is None:
            self._kept.pop(key, None)
            if len(self._kept) >= KEYS_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = Kept(path, params, self._now())
            return None
        if (known.path, known.params) != (path, params):
            text = "Keys for idempotent requests can only be used with the same parameters"
            raise Refused(400, "idempotency_error", f"{text} they were first used with.")
        if not known.status:
            text = "There is currently another in-progress request using this Idempotent Key"
            code = "idempotency_key_in_use"
            raise Refused(409, "idempotency_error", text, code=code)
        return known

    def keep(self, key: str, status: int, body: Json) -> None:
        """Keep the answer."""
        self._kept[key].status, self._kept[key].body = status, body

    def drop(self, key: str) -> None:
        """Forget the key: nothing was executed."""
        self._kept.pop(key, None)

    def forget(self) -> None:
        """Forget all."""
        self._kept.clear()
