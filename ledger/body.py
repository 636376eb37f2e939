"""The canonical bytes of a move: what is stored, hashed and read back. Pure."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import orjson

from ledger.moves import Capture, Hold, HoldLine, Line, Move, Release, TopUp, gives

VERSION = 1  # Of the encoding. A change of it needs a new number: old hashes must still hold.


def body(move: Move) -> bytes:
    """Return the canonical bytes of `move`: JSON, keys in this order, no spaces."""
    rest: dict[str, object]
    match move:
        case TopUp():
            kind, rest = "topup", {"ref": move.ref, "lines": [[move.account, move.amount]]}
        case Hold():
            kind = "hold"
            rest = {"call": move.call_id, "leg": move.leg, "expires_ms": move.expires_ms}
            rest["lines"] = [[line.account, line.amount, line.floor] for line in move.lines]
        case Capture():
            kind = "capture"
            rest = {"hold": move.hold_id, "lines": _pairs(move.take)}
        case Release():
            kind = "expire" if move.expired else "release"
            rest = {"hold": move.hold_id, "lines": []}
    head = {"v": VERSION, "kind": kind, "id": move.id}
    return orjson.dumps(head | rest | {"give": _pairs(gives(move))})


def body_hash(move: Move) -> bytes:
    """Return what tells `move` from every other; the same id must bring the same hash."""
    return sha256(body(move)).digest()


def read_body(text: bytes | str) -> Move:
    """Return the move that `body` wrote. Raises ValueError or KeyError if it is none."""
    found = orjson.loads(text)
    id_, kind = UUID(found["id"]), found["kind"]
    if kind == "topup":
        ((account, amount),) = found["lines"]
        return TopUp(id_, account, amount, found["ref"])
    if kind == "hold":
        lines = tuple(HoldLine(*line) for line in found["lines"])
        return Hold(id_, UUID(found["call"]), found["leg"], lines, found["expires_ms"])
    if kind == "capture":
        take, give = _lines(found["lines"]), _lines(found["give"])
        return Capture(id_, UUID(found["hold"]), take, give)
    if kind in ("release", "expire"):
        return Release(id_, UUID(found["hold"]), expired=kind == "expire")
    raise ValueError(f"no kind of move: {kind!r}")


def _pairs(lines: tuple[Line, ...]) -> list[list[object]]:
    return [[line.account, line.amount] for line in lines]


def _lines(pairs: list[list[object]]) -> tuple[Line, ...]:
    return tuple(Line(str(account), int(str(amount))) for account, amount in pairs)
