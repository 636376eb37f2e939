"""What the rules of a payout ask of a sale, and whether it holds. Pure.

As in market/condition.py, unknown is neither true nor false: it pays nothing, and so does its
`not`. The terms are those of Invoca's payout policies (its developer documentation).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from market.repeat import Past
from market.schedule import Windows

ONE_DAY = timedelta(days=1)
DAY_MINUTES, DAY_MS = 24 * 60, 86_400_000
Order = Literal[">", ">=", "<", "<="]


@dataclass(frozen=True, slots=True)
class Sale:
    """What a payout is worked out from: all of it is in the call's log."""

    campaign: str
    arrived_ms: int
    call_ms: int | None  # From the arrival to the end of the talk; None: nobody knows.
    talk_ms: int | None
    facts: Mapping[str, str]
    past: tuple[Past, ...] = ()
    anonymous: bool = False  # Nobody knows whether he was here before.


@dataclass(frozen=True, slots=True)
class Lasts:
    """The call, or the talk with the buyer, lasted so long."""

    what: Literal["call", "talk"]
    order: Order
    seconds: float

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether it does; None: nobody knows."""
        ms = sale.call_ms if self.what == "call" else sale.talk_ms
        if ms is None:
            return None
        wanted = round(self.seconds * 1000)
        match self.order:
            case ">":
                return ms > wanted
            case ">=":
                return ms >= wanted
            case "<":
                return ms < wanted
            case "<=":
                return ms <= wanted


@dataclass(frozen=True, slots=True)
class Repeat:
    """The caller called for the campaign within so many days before."""

    days: int

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether he did; None: he withheld his number."""
        since_ms = sale.arrived_ms - self.days * DAY_MS
        earlier = (one for one in sale.past if one.campaign == sale.campaign)
        if any(one.arrived_ms > since_ms for one in earlier):
            return True
        return None if sale.anonymous else False


@dataclass(frozen=True, slots=True)
class Among:
    """A fact is one of these."""

    field: str
    values: tuple[str, ...]

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether it is; None: it was not collected."""
        value = sale.facts.get(self.field, "")
        return value in self.values if value else None


@dataclass(frozen=True, slots=True)
class Pressed:
    """The caller chose this at a question whose answer is kept, and is not personal."""

    key: str

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether he did; None: he was asked nothing."""
        chosen = [value for name, value in sale.facts.items() if name.startswith("ivr.")]
        return self.key in chosen if chosen else None


@dataclass(frozen=True, slots=True)
class During:
    """The call came on these weekdays (0 is Monday) in these hours, by the publisher's clock."""

    days: tuple[int, ...]
    windows: Windows

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether it did. Hours past midnight belong to the day on which they begin."""
        local = datetime.fromtimestamp(sale.arrived_ms / 1000, UTC).astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        return self._inside(local.weekday(), minute) or self._inside(
            (local - ONE_DAY).weekday(), minute + DAY_MINUTES
        )

    def _inside(self, day: int, minute: int) -> bool:
        return day in self.days and any(start <= minute < end for start, end in self.windows)


@dataclass(frozen=True, slots=True)
class Not:
    part: PayoutCondition

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether the part does not; of what is unknown, this is so too."""
        found = self.part.holds(sale, zone)
        return None if found is None else not found


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[PayoutCondition, ...]

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether all parts do."""
        found = [part.holds(sale, zone) for part in self.parts]
        if False in found:
            return False
        return None if None in found else True


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[PayoutCondition, ...]

    def holds(self, sale: Sale, zone: str) -> bool | None:
        """Tell whether any part does."""
        found = [part.holds(sale, zone) for part in self.parts]
        if True in found:
            return True
        return None if None in found else False


PayoutCondition = Lasts | Repeat | Among | Pressed | During | Not | And | Or


def repeat_days(condition: PayoutCondition) -> int:
    """Return how many days of a caller's calls `condition` looks back."""
    match condition:
        case Repeat(days):
            return days
        case Not(part):
            return repeat_days(part)
        case And(parts) | Or(parts):
            return max(map(repeat_days, parts))
    return 0
