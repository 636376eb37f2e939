"""How the winner is dealt with, as a network file says it: `price_change`. Pure."""

from __future__ import annotations

from market.flows import PriceChange
from routing import network_values as v
from routing.network_reading import Key, table_of

PERCENT_MOST = 200  # Of the bid; a buyer that pays more than twice what it bid has made a mistake.

PRICE_CHANGE = {
    "least_percent": Key(v.whole(1, 100, "percent of the bid")),
    "most_percent": Key(v.whole(100, PERCENT_MOST, "percent of the bid")),
}


price_change = table_of(PriceChange, PRICE_CHANGE)
