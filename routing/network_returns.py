"""`[returns]` of a network, and of a buyer: what may be brought back, and who decides. Pure."""

from __future__ import annotations

from typing import Any

from market.network import Buyer, Network
from market.returns import DEFAULT_TERMS, ReturnRule, ReturnTerms
from routing import network_values as v
from routing.network_error import Place
from routing.network_payout import read_condition_text
from routing.network_reading import Found, Key, list_of, table_list, table_of
from routing.payout_conditions import repeat_days
from routing.payout_text import read_payout_condition

WINDOW_MOST_H = 120 * 24  # Card holders dispute for so long; the ledger keeps longer.
RULES_MOST = 50
RULE = {
    "action": Key(v.choice("approve", "reject"), needed=True),
    "reason": Key(v.ident),
    "condition": Key(read_condition_text),
    "percent": Key(v.whole(1, 100, "percent")),
}


def _check_rule(found: Found, fields: dict[str, Any], place: Place) -> None:
    if fields.get("action") == "reject" and "percent" in found:
        place.at("percent").note("a percent", "none: a reject gives nothing back")


def _check_terms(found: Found, fields: dict[str, Any], place: Place) -> None:
    reasons = fields.get("reasons", DEFAULT_TERMS.reasons)
    rules = fields.get("rules", ())
    for at, rule in enumerate(rules):
        if rule.reason and rule.reason not in reasons:
            here = place.at("rule").item(at).at("reason")
            here.note(f'"{rule.reason}"', f"one of the reasons: {', '.join(reasons)}")
    if len(rules) > RULES_MOST:
        place.at("rule").note(f"{len(rules)} rules", f"at most {RULES_MOST}")


RETURNS = {
    "window_h": Key(v.whole(0, WINDOW_MOST_H, "hours")),
    "reasons": Key(list_of(v.ident, least=1)),
    "note_needed": Key(v.flag),
    "rule": Key(table_list(ReturnRule, RULE, _check_rule), into="rules"),
}
read_returns = table_of(ReturnTerms, RETURNS, _check_terms)


def terms_of(network: Network, buyer: Buyer | None) -> ReturnTerms:
    """Return the terms for a buyer: its own, the network's, or the default."""
    own = buyer.returns if buyer is not None else None
    return own or network.returns or DEFAULT_TERMS


def return_days_of(network: Network) -> int:
    """Return how many days of a caller's calls the rules of returns look back."""
    terms = [network.returns, *(buyer.returns for buyer in network.buyers)]
    asked = [rule.condition for one in terms if one is not None for rule in one.rules]
    return max((repeat_days(read_payout_condition(text)) for text in asked if text), default=0)
