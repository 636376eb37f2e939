"""Notes about ids that lead nowhere. Pure."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from routing.network_error import Place, shown


def check_known(id_: str, kind: str, known: Collection[str], place: Place) -> None:
    """Note `id_` if it is none of `known`, with those that it may have been meant to be."""
    if id_ not in known:
        close = get_close_matches(id_, known, n=3) or sorted(known)[:5]
        listed = f" ({', '.join(close)})" if close else " (there is none)"
        place.note(f"the unknown {kind} {shown(id_)}", f"the id of a {kind}{listed}")
