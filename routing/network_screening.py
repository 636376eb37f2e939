"""Whose calls are taken, as a network file says it. Pure."""

from __future__ import annotations

from market.screening import VOUCHED, ScreeningRules
from routing import network_values as v
from routing.network_reading import Key, list_of, table_of

CALLS_MOST = 49  # As many calls of one caller are read at screening, less one.

SCREENING = {
    "anonymous": Key(v.flag),
    "foreign": Key(v.flag),
    "attestations": Key(list_of(v.choice(*VOUCHED), least=1)),
    "calls_per_hour": Key(v.whole(1, CALLS_MOST, "calls")),
    "calls_per_day": Key(v.whole(1, CALLS_MOST, "calls")),
}
read_screening = table_of(ScreeningRules, SCREENING)
