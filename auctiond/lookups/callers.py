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

from auctiond.lookups.binding import BoundLookup
from auctiond.networks.network_book import NetworkBook
from market.screening import ScreeningRules

LOOKUP_S = 1.0  # The caller hears ringing meanwhile; all of SCREENING has three seconds.


class Desk(Protocol):
    async def ask(
        self,
        number: str,
        index: bytes,
        names: Sequence[str],
        bound: Mapping[str, BoundLookup],
        deadline: float,
    ) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class CallerLookups:
    desk: Desk
    networks: NetworkBook

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
        """Return what each says that answers in time."""
        edition = self.networks.current
        bound = edition.lookups if edition is not None else {}
        return await self.desk.ask(caller, index, names, bound, trio.current_time() + LOOKUP_S)
