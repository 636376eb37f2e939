"""Values: dataclasses that nothing changes once they are made, and that are cheap to make.

`dataclass(frozen=True)` sets each field by a call, and so takes ten times as long to make an
object: an auction makes hundreds, a call's event some dozens. The type checker sees the real
thing and refuses every assignment; at run time these are slotted dataclasses that can be hashed.

`dataclasses.replace` asks each field whether it may be replaced, and so takes four times as long as
need be: a call's event replaces some four times. This one is for the values of this file alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Return a decorator like that of dataclasses, without the guard at run time."""
        assert frozen, "for values only"
        return dataclasses.dataclass(slots=slots, unsafe_hash=True)

    def replace(value: Any, /, **changes: Any) -> Any:  # noqa: ANN401
        """Return `value` with fields changed. Raises KeyError where there is no such field."""
        values_of, place = _shape(type(value))
        values = list(values_of(value))
        for name, new in changes.items():
            values[place[name]] = new
        return type(value)(*values)


@cache
def _shape(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]:
    names = [field.name for field in dataclasses.fields(kind)]
    return attrgetter(*names), {name: at for at, name in enumerate(names)}
