"""The canonical bytes of a move: what is stored, hashed and read back. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from ledger.kinds import RULES
from ledger.moves import (
    Booking,
    Capture,
    Floor,
    Hold,
    HoldLine,
    Line,
    Move,
    Release,
    TopUp,
    changes,
    gives,
    name_of,
)

VERSION = 1  # Of the encoding. A change of it needs a new number: old hashes must still hold.


def body(move: Move) -> bytes:
    """Return the canonical bytes of `move`: JSON, keys in this order, no spaces."""
    rest: dict[str, object]
    match move:
        case TopUp():
            rest = {"ref": move.ref, "lines": [[move.account, move.amount]]}
        case Hold():
            rest = {"call": move.call_id, "leg": move.leg, "expires_ms": move.expires_ms}
            rest["lines"] = [[line.account, line.amount, line.floor] for line in move.lines]
        case Capture():
            rest = {"hold": move.hold_id, "lines": _pairs(move.take)}
        case Release():
            rest = {"hold": move.hold_id, "lines": []}
        case Booking():
            rest = _booked(move)
    head = {"v": VERSION, "kind": name_of(move), "id": move.id}
    return orjson.dumps(head | rest | {"give": _pairs(gives(move))})


def body_hash(move: Move) -> bytes:
    """Return what tells `move` from every other; the same id must bring the same hash."""
    return sha256(body(move)).digest()


def read_body(text: bytes | str) -> Move:
    """Return the move that `body` wrote. Raises ValueError or KeyError if it is none."""
    found = orjson.loads(text)
    id_, kind = UUID(found["id"]), found["kind"]
    if kind == "topup":
        ((account, amount),), ((source, _),) = found["lines"], found["give"]
        return TopUp(id_, account, amount, found["ref"], source)
    if kind == "hold":
        lines = tuple(HoldLine(*line) for line in found["lines"])
        return Hold(id_, UUID(found["call"]), found["leg"], lines, found["expires_ms"])
    if kind == "capture":
        take, give = _lines(found["lines"]), _lines(found["give"])
        return Capture(id_, UUID(found["hold"]), take, give)
    if kind in ("release", "expire"):
        return Release(id_, UUID(found["hold"]), expired=kind == "expire")
    if kind in RULES:
        return _read_booking(id_, kind, found)
    raise ValueError(f"no kind of move: {kind!r}")


def _booked(move: Booking) -> dict[str, object]:
    lines = [
        [change.account, change.posted, move.floor_of(change.account)] for change in changes(move)
    ]
    return {
        "ref": move.ref or None,
        "reverses": move.reverses,
        "call": move.call_id,
        "actor": move.actor,
        "reason": move.reason,
        "until_ms": move.until_ms,
        "lines": lines,
    }


def _read_booking(id_: UUID, kind: str, found: dict[str, Any]) -> Booking:
    reverses, call = found["reverses"], found["call"]
    return Booking(
        id_,
        kind,
        (*(Line(account, amount) for account, amount, _ in found["lines"]), *_lines(found["give"])),
        tuple(Floor(account, least) for account, _, least in found["lines"] if least),
        ref=found["ref"] or "",
        reverses=UUID(reverses) if reverses else None,
        call_id=UUID(call) if call else None,
        actor=found["actor"],
        reason=found["reason"],
        until_ms=found["until_ms"],
    )


def _pairs(lines: tuple[Line, ...]) -> list[list[object]]:
    return [[line.account, line.amount] for line in lines]


def _lines(pairs: list[list[object]]) -> tuple[Line, ...]:
    return tuple(Line(str(account), int(str(amount))) for account, amount in pairs)
