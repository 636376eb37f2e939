"""How the targets of an index stand at present: who is open, and whose accounts may refuse. Pure.

Accounts move with every call, a target's rules do not. A target is in doubt once an account of it
has moved to where it refuses; all others may have calls, and nothing is looked up. Who is in doubt
is asked once, and what came of it is kept: until one of its accounts moves, or a window of its
caps may begin. Windows begin on quarters of an hour, whatever the zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from market.bids import NoBid, TargetId
from routing.hours import Schedule
from routing.target_index import TargetIndex

QUARTER_S = 900
MINUTE_S = 60
SURE_QUARTERS = 2  # No clock is off by that: an account that moved so long ago is of no new window.
NEVER = 1 << 62
KEPT_MOST = 8  # Indexes with a standing. Without one all are in doubt.

Balances = Mapping[str, tuple[int, int]]  # Posted and held, by account.


class Standing:
    """Of those in doubt, `clear` may have calls, and `spent` may not, for `reasons`."""

    __slots__ = (
        "_blocked",
        "_broke",
        "_doubt",
        "_minute",
        "_open",
        "_quarter",
        "_since",
        "_unpaid",
        "by_record",
        "clear",
        "index",
        "reasons",
        "spent",
    )

    def __init__(self, index: TargetIndex, balances: Balances | None) -> None:
        """`balances` are all there are; None: they are not known, so all are in doubt."""
        self.index = index
        self.clear, self.spent = BitMap(), BitMap()
        self.reasons: dict[int, NoBid] = {}  # Of `spent`; and old ones of those that were.
        self._doubt = BitMap(index.tight if balances is not None else index.every)
        self._since = dict.fromkeys(index.tight, NEVER)  # The quarter of a number's last doubt.
        self._broke: set[str] = set()  # Buyers who could not pay for each of their targets,
        self._unpaid = BitMap()  # and their targets.
        self._quarter = self._minute = 0
        self.by_record = False
        self._blocked: dict[frozenset[TargetId], BitMap] = {}  # As many as publishers.
        self._open = index.every
        if balances is not None:
            for payer in index.payers:
                self._wallet(payer, 0)
            for account, (posted, held) in balances.items():
                self.moved(account, posted - held)

    def at(self, at: datetime) -> BitMap:
        """Bring it to the moment `at`; return who is not paused, and open by hours in the index."""
        second = int(at.timestamp())
        if second // QUARTER_S != self._quarter:
            if self._quarter:
                self.clear, self.spent, self.reasons = BitMap(), BitMap(), {}
            self._quarter = second // QUARTER_S
        if second // MINUTE_S != self._minute:
            self._minute = second // MINUTE_S
            closed = [who for key, who in self.index.hours if _is_closed(key, at)]
            self._open = self.index.every - BitMap.union(*closed) if closed else self.index.every
        return self._open

    def numbers(self, blocked: frozenset[TargetId]) -> BitMap:
        """Return the numbers of the targets that a publisher may not sell to."""
        found = self._blocked.get(blocked)
        if found is None:
            numbers = self.index.numbers
            found = BitMap(numbers[target] for target in blocked if target in numbers)
            self._blocked[blocked] = found
        return found

    def unsure(self, found: BitMap) -> BitMap:
        """Return those of `found` that must be asked, one by one."""
        unsure = ((found & self._doubt) | (found & self._unpaid)) - self.clear
        return unsure | (found & self.index.one_by_one)

    def note(self, number: int, reason: str) -> None:
        """Keep what was found of a target whose rules are all in the index; "": it may."""
        if reason:
            self.spent.add(number)
            self.reasons[number] = NoBid(self.index.targets[number].id, reason)
            return
        self.clear.add(number)
        if self._quarter - self._since.get(number, 0) >= SURE_QUARTERS:
            self._doubt.discard(number)

    def trust(self, spent: Iterable[NoBid]) -> None:
        """Be in doubt of nobody any more: `spent` are all that may not have calls."""
        self._doubt = BitMap()
        self.by_record = True
        for no in spent:
            number = self.index.numbers.get(no.target)
            if number is not None:
                self.spent.add(number)
                self.reasons[number] = no

    def moved(self, account: str, left: int) -> None:
        """There is `left` on `account`: more than before, or less."""
        kind, _, rest = account.partition(":")
        if kind == "wallet":
            self._wallet(rest, left)
            return
        number = self.index.numbers.get(TargetId(rest.partition(":")[0]))
        if number is not None:
            self.clear.discard(number)
            self.spent.discard(number)
            if self.index.refuses(number, account, left):
                self._doubt.add(number)
                self._since[number] = max(self._quarter, self._since.get(number, 0))

    def _wallet(self, buyer: str, left: int) -> None:
        payer = self.index.payers.get(buyer)
        if payer is None:
            return
        is_broke = left + payer.credit < payer.most
        if is_broke or buyer in self._broke:
            self.clear -= payer.targets
            self.spent -= payer.targets
        if is_broke:
            self._broke.add(buyer)
            self._unpaid |= payer.targets
        elif buyer in self._broke:
            self._broke.remove(buyer)
            self._unpaid -= payer.targets


class Kept(Protocol):
    """Who knows how the targets of an index stand."""

    def of(self, index: TargetIndex) -> Standing:
        """Return the standing of `index`."""
        ...


class Recorded:
    """How targets stood when a call came, by its record: all may have it but the `spent`."""

    __slots__ = ("_spent",)

    def __init__(self, spent: Iterable[NoBid]) -> None:
        self._spent = spent

    def of(self, index: TargetIndex) -> Standing:
        """Return the standing of `index` then."""
        standing = Standing(index, None)
        standing.trust(self._spent)
        return standing


class Standings:
    """The standings of the indexes that calls have met of late."""

    __slots__ = ("_balances", "_kept")

    def __init__(self, balances: Balances) -> None:
        """`balances` are all there are, and stay so: `moved` is told of each change."""
        self._balances = balances
        self._kept: dict[int, Standing] = {}

    def of(self, index: TargetIndex) -> Standing:
        """Return the standing of `index`."""
        standing = self._kept.get(id(index))
        if standing is None:
            if len(self._kept) >= KEPT_MOST:
                del self._kept[next(iter(self._kept))]
            standing = self._kept[id(index)] = Standing(index, self._balances)
        return standing

    def moved(self, balances: Balances) -> None:
        """Tell all standings of accounts that moved."""
        if self._kept:
            for account, (posted, held) in balances.items():
                for standing in self._kept.values():
                    standing.moved(account, posted - held)


def _is_closed(key: tuple[object, ...], at: datetime) -> bool:
    schedule, zone = cast("Schedule", key[1]), cast("ZoneInfo", key[2])
    return bool(schedule.closed(at.astimezone(zone)))
