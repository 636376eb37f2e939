"""The rules of a network file about callers who call again. Pure."""

from __future__ import annotations

from typing import Any

from market.repeat import NEVER, BuyerRepeat, CampaignRepeat
from routing import network_values as v
from routing.network_error import Place
from routing.network_limits import UNLIMITED
from routing.network_reading import Found, Key, table_of

DAYS_MOST = 365  # Beyond a year a caller is as good as new.
AGAIN_RIGHT = f'"never", or a whole number 1..{DAYS_MOST} of days; to always pay, leave it out'
days = v.whole(1, DAYS_MOST, "days")


def pay_again(found: object, place: Place) -> object:
    """Read after how many days a publisher is paid again for a caller."""
    if found == NEVER:
        return NEVER
    if found in (*UNLIMITED, 0) or isinstance(found, str):  # Others write 0 for "never".
        raise place.refuse(found, AGAIN_RIGHT)
    return days(found, place)


def _check_repeat(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Strictness needs something to be strict about."""
    if fields.get("strict") and fields.get("to") not in ("original", "another"):
        place.at("strict").note("true", 'to = "original" or to = "another" beside it')


CAMPAIGN_REPEAT = {
    "days": Key(days, needed=True),
    "counts": Key(v.choice("incoming", "connected", "billable")),
    "to": Key(v.choice("nobody", "original", "another", "anyone")),
    "strict": Key(v.flag),
    "anonymous": Key(v.choice("new", "duplicate")),
}
BUYER_REPEAT = {
    "days": Key(days, needed=True),
    "after": Key(v.choice("connected", "billable")),
}
campaign_repeat = table_of(CampaignRepeat, CAMPAIGN_REPEAT, _check_repeat)
buyer_repeat = table_of(BuyerRepeat, BUYER_REPEAT)
