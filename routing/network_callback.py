"""How a campaign calls people back, and who is asked before, as a network file says it. Pure."""

from __future__ import annotations

from collections.abc import Collection

from market.callback import CallbackTerms, Lookup
from routing import network_values as v
from routing.network_error import Place
from routing.network_known import check_known
from routing.network_reading import Found, Key, list_of, table_list, table_of, tables, words
from routing.network_rule_checks import texts_in

ATTEMPTS_MOST = 20  # In all. Who did not answer twenty times does not want to.
A_DAY_MOST = 5
AGAIN_S = (60, 7 * 86_400)
EXPIRES_S = (300, 90 * 86_400)  # A consent is good for so long at the most.
KEEP_DAYS_MOST = 31  # No scrub of a registry may be older.

CALLBACK = {
    "number": Key(v.phone, needed=True),
    "first": Key(v.choice("caller", "buyer")),
    "attempts": Key(v.whole(1, ATTEMPTS_MOST)),
    "attempts_per_day": Key(v.whole(1, A_DAY_MOST)),
    "again_after_s": Key(v.seconds(*AGAIN_S)),
    "ring_s": Key(v.seconds(10, 60)),
    "expires_after_s": Key(v.seconds(*EXPIRES_S)),
    "consent_days": Key(v.whole(1, 90, "days")),
    "lookups": Key(list_of(v.ident, least=1)),
}
LOOKUP = {
    "id": Key(v.ident, needed=True),
    "format": Key(v.ident, needed=True),
    "url": Key(v.web_address),
    "secrets": Key(words(v.secret)),
    "deadline_s": Key(v.seconds(1, 10)),
    "keep_days": Key(v.whole(1, KEEP_DAYS_MOST, "days")),
}
read_callback = table_of(CallbackTerms, CALLBACK)
read_lookups = table_list(Lookup, LOOKUP)


def check_callbacks(document: Found, lookups: Collection[str], place: Place) -> None:
    """Note a callback from a number of no, or another, campaign, and look-ups that are none."""
    campaign_of = {
        number: one.get("campaign")
        for one, _ in tables(document, "number", place)
        if isinstance(number := one.get("number"), str)
    }
    for campaign, at in tables(document, "campaign", place):
        terms = campaign.get("callback")
        if not isinstance(terms, dict):
            continue
        here = at.at("callback")
        number = terms.get("number")
        if isinstance(number, str) and campaign_of.get(number) != campaign.get("id"):
            right = "one of this campaign's tracking numbers: who missed the call may ring back"
            here.at("number").note(f'"{number}"', right)
        for index, id_ in enumerate(texts_in(terms, "lookups")):
            check_known(id_, "lookup", lookups, here.at("lookups").item(index))
