"""Who may use the API: a bearer key with scopes. Revoked and junk keys are the same: 401."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from auctiond.keys.api_key import allows, matches, parse_key
from auctiond.web.problems import Problem


class KeyRow(Protocol):
    @property
    def hash(self) -> bytes: ...
    @property
    def scopes(self) -> frozenset[str] | tuple[str, ...] | list[str]: ...


class KeyStore(Protocol):
    async def find(self, key_id: str) -> KeyRow | None: ...


@dataclass(frozen=True, slots=True)
class Gate:
    keys: KeyStore

    async def check(self, authorization: str | None, scope: str) -> str:
        """Return the id of the key, or raise the Problem that answers the request."""
        kind, _, text = (authorization or "").partition(" ")
        parsed = parse_key(text.strip()) if kind.lower() == "bearer" else None
        if parsed is None:
            raise Problem(401, "no key", "Send `Authorization: Bearer KEY` (auctiond keys create).")
        row = await self.keys.find(parsed.id)
        if row is None or not matches(parsed, row.hash):
            raise Problem(401, "unknown key", "The key was revoked, or never created here.")
        if not allows(row.scopes, scope):
            raise Problem(403, "scope missing", f"This needs a key with the scope {scope!r}.")
        return parsed.id
