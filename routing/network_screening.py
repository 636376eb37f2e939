"""Whose calls are taken, as a network file says it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from market.screening import VOUCHED, ScreeningRules
from routing import network_values as v
from routing.network_error import Place
from routing.network_known import check_known
from routing.network_reading import Found, Key, list_of, table_of, tables
from routing.network_rule_checks import texts_in

CALLS_MOST = 49  # As many calls of one caller are read at screening, less one.

SCREENING = {
    "anonymous": Key(v.flag),
    "foreign": Key(v.flag),
    "attestations": Key(list_of(v.choice(*VOUCHED), least=1)),
    "calls_per_hour": Key(v.whole(1, CALLS_MOST, "calls")),
    "calls_per_day": Key(v.whole(1, CALLS_MOST, "calls")),
    "lookups": Key(list_of(v.ident, least=1)),
    "unlisted": Key(v.choice("take", "refuse")),
}
read_screening = table_of(ScreeningRules, SCREENING)


def check_screening(document: Found, lookups: Collection[str], place: Place) -> None:
    """Note look-ups that are none."""
    for owner, at in ((document, place), *tables(document, "campaign", place)):
        rules, here = owner.get("screening"), at.at("screening")
        if isinstance(rules, dict):
            for index, id_ in enumerate(texts_in(rules, "lookups")):
                check_known(id_, "lookup", lookups, here.at("lookups").item(index))
