"""Which number of a flow's own rings now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from market import call_flow as f


def numbers_of(node: f.Node | None, turn: int, call_id: UUID) -> Sequence[str]:
    """Return the numbers that ring in the n-th round of a node."""
    match node:
        case f.Dial():
            return (node.to,)
        case f.RingGroup(order="simultaneous"):
            return node.to
        case f.RingGroup():
            ranked = _drawn(node, call_id) if node.order == "weighted" else node.to
            return ranked[turn : turn + 1]
    return ()


def _drawn(node: f.RingGroup, call_id: UUID) -> Sequence[str]:
    """Return the numbers drawn by weight: twice the weight is first twice as often.

    By the call's id, so that after a restart the order is the same.
    """
    left = list(zip(node.to, node.weights, strict=True))
    order = []
    while left:
        seed = sha256(call_id.bytes + bytes([len(left)])).digest()
        place = int.from_bytes(seed[:8], "big") % sum(weight for _, weight in left)
        for at, (number, weight) in enumerate(left):
            if place < weight:
                order.append(number)
                del left[at]
                break
            place -= weight
    return order
