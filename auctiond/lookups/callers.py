"""What services say of who calls, for campaigns that ask: those who sue over calls, say.

The interface, the cache and the formats are those of callbacks. What differs is the doubt: a person
who is called must be "clear", but who rings us asked for the talk. So a caller of whom nobody knows
is taken, unless the campaign says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import trio

from auctiond.logs import Log
from auctiond.lookups.binding import BoundLookup
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.errors import PgAway, PgError
from market.screening import ScreeningRules

LOOKUP_S = 1.0  # The caller hears ringing meanwhile; all of SCREENING has three seconds.


class Desk(Protocol):
    async def ask(
        self, number: str, index: bytes, names: Sequence[str], bound: Mapping[str, BoundLookup]
    ) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class CallerLookups:
    desk: Desk
    networks: NetworkBook
    log: Log

    async def refusal(self, rules: ScreeningRules, caller: str, index: bytes | None) -> str:
        """Return why a caller is not taken; "" when no look-up keeps the call out."""
        if not rules.lookups:
            return ""
        said = await self._ask(rules.lookups, caller, index) if index is not None else {}
        if "listed" in said.values():
            return "listed_caller"
        sure = all(said.get(name) == "clear" for name in rules.lookups)
        return "" if sure or rules.unlisted == "take" else "unsure_caller"

    async def _ask(self, names: Sequence[str], caller: str, index: bytes) -> Mapping[str, str]:
        """Return what each says that answers in time: none of them waits for another."""
        edition, said = self.networks.current, dict[str, str]()
        bound = edition.lookups if edition is not None else {}

        async def look(name: str) -> None:
            try:
                said.update(await self.desk.ask(caller, index, (name,), bound))
            except (PgAway, PgError) as error:  # Of the cache.
                self.log.warning("lookup.unknown", lookup=name, reason=type(error).__name__)

        with trio.move_on_after(LOOKUP_S):
            async with trio.open_nursery() as nursery:
                for name in names:
                    nursery.start_soon(look, name)
        return {name: said[name] for name in names if name in said}
