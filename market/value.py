"""Values: dataclasses that nothing changes once they are made, and that are cheap to make.

`dataclass(frozen=True)` sets each field by a call, and so takes ten times as long to make an
object: an auction makes hundreds, a call's event some dozens. The type checker sees the real
thing and refuses every assignment; at run time these are slotted dataclasses that can be hashed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Return a decorator like that of dataclasses, without the guard at run time."""
        assert frozen, "for values only"
        return dataclasses.dataclass(slots=slots, unsafe_hash=True)
