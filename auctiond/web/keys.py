"""API keys over the API: for keys with the scope admin alone. A key is in one answer, once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from quart import Request, Response

from auctiond.keys.api_key import ENVIRONMENTS, RANDOM_BYTES, SCOPES, make_key, read_scopes
from auctiond.web.auth import Gate
from auctiond.web.body import read_body
from auctiond.web.problems import Problem, json_response

NAME_CHARS_MAX = 80
EXPECTED = 'Expected {"name": "Reports", "scopes": ["read"]}.'


class KeyRow(Protocol):
    """What is stored of a key: all but the key itself."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def revoked_at(self) -> datetime | None: ...


class KeyStore(Protocol):
    async def add(self, id_: str, name: str, hash_: bytes, scopes: Sequence[str]) -> None: ...
    async def revoke(self, id_: str) -> bool: ...
    async def list(self) -> Sequence[KeyRow]: ...


@dataclass(frozen=True, slots=True)
class NewKeyOrder:
    """What somebody asks for."""

    name: str
    scopes: list[str]  # In the order of SCOPES.
    environment: str


@dataclass(frozen=True, slots=True)
class KeysApi:
    gate: Gate
    keys: KeyStore
    random: Callable[[int], bytes]

    async def list_keys(self, request: Request) -> Response:
        """Return all keys, oldest first, the revoked ones too."""
        await self._allow(request)
        return json_response({"keys": [_line(row) for row in await self.keys.list()]})

    async def create_key(self, request: Request) -> Response:
        """Make a key, and show it this once."""
        await self._allow(request)
        order = _read_order(await read_body(request))
        key = make_key(self.random(RANDOM_BYTES), order.environment)
        await self.keys.add(key.id, order.name, key.hash, order.scopes)
        told = {"id": key.id, "key": key.text, "name": order.name, "scopes": order.scopes}
        return json_response(told, 201)

    async def revoke_key(self, request: Request, key_id: str) -> Response:
        """Revoke a key, at once and for good."""
        await self._allow(request)
        live = [row for row in await self.keys.list() if row.revoked_at is None]
        if [row.id for row in live if "admin" in row.scopes] == [key_id]:
            detail = "Nobody could make keys any more. Make another admin key first."
            raise Problem(409, "the last admin key", detail)
        if not await self.keys.revoke(key_id):
            raise Problem(404, "no such key", f"There is no live key {key_id[:40]!r}.")
        return json_response({"id": key_id, "revoked": True})

    async def _allow(self, request: Request) -> None:
        await self.gate.check(request.headers.get("Authorization"), "admin")


def _line(row: KeyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "scopes": _in_order(row.scopes),
        "created_at": row.created_at.isoformat(),
        "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
    }


def _in_order(scopes: Collection[str]) -> list[str]:
    return [scope for scope in SCOPES if scope in scopes]


def _read_order(body: bytes) -> NewKeyOrder:
    """Return what a body asks for, or raise the Problem that names what is wrong with it."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(400, "JSON", EXPECTED) from None
    if not isinstance(told, dict):
        raise Problem(400, "JSON", EXPECTED)
    name, scopes = told.get("name"), told.get("scopes")
    environment = told.get("environment", ENVIRONMENTS[0])
    if not isinstance(name, str) or not 0 < len(name.strip()) <= NAME_CHARS_MAX:
        expected = f"name: expected whose key it is, in 1 to {NAME_CHARS_MAX} characters."
        raise Problem(400, "name", expected)
    if not name.isprintable():
        raise Problem(400, "name", "name: expected characters that can be printed.")
    if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
        raise Problem(400, "scopes", f"scopes: expected a list of {', '.join(SCOPES)}.")
    if environment not in ENVIRONMENTS:
        raise Problem(400, "environment", f"environment: expected {' or '.join(ENVIRONMENTS)}.")
    try:
        return NewKeyOrder(name.strip(), _in_order(read_scopes(scopes)), environment)
    except ValueError as error:
        raise Problem(400, "scopes", f"scopes: {error}.") from None
