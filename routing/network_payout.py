"""How publishers are paid, in a network file: shares, tiers, Base and Bonus rules. Pure."""

from __future__ import annotations

from typing import Any

from market.money import Micros
from market.payout import PayoutRule, PayoutTier
from routing import network_values as v
from routing.network_error import Place, Refused
from routing.network_reading import Found, Key, table_list, tables
from routing.payout_text import PayoutTextError, read_payout_condition

FREE = Micros(0)
MOST_RULES = 50  # Nobody can say any more what is paid.
price = v.money(FREE, v.PRICE_MOST)
percent = v.whole(0, 100, "percent")
KINDS = ("share", "fixed", "tiered", "rules")
# Which keys belong to which kinds of payout, and which one a kind cannot do without.
OWN = {
    "payout_percent": ("share",),
    "payout_amount": ("fixed",),
    "payout_tier": ("tiered",),
    "payout_rule": ("rules",),
    "payout_min": ("share", "tiered", "rules"),
    "payout_max": ("share", "tiered", "rules"),
}
NEEDED = {"fixed": "payout_amount", "tiered": "payout_tier", "rules": "payout_rule"}


def read_condition_text(found: object, place: Place) -> str:
    """Read a condition of a payout, or of a return; its text is kept."""
    if not isinstance(found, str) or not found.strip():
        raise place.refuse(found, 'a condition as text, like "duration > 2 min and not repeat"')
    try:
        read_payout_condition(found)
    except PayoutTextError as error:
        place.note(error.found, error.right)
        raise Refused(place.key) from None
    return found


def _check_worth(found: Found, fields: dict[str, Any], place: Place) -> None:
    if ("amount" in found) == ("percent" in found):
        said = "both" if "amount" in found else "nothing"
        place.at("amount").note(said, "an amount, or a percent of the price")


TIER = {
    "talk_from_s": Key(v.seconds(0, 7200), needed=True),
    "amount": Key(price),
    "percent": Key(percent),
}
RULE = {
    "type": Key(v.choice("base", "bonus"), needed=True),
    "condition": Key(read_condition_text),
    "amount": Key(price),
    "percent": Key(percent),
    "name": Key(v.ident),
}
PAYOUT = {
    "payout": Key(v.choice(*KINDS)),
    "payout_percent": Key(percent),
    "payout_amount": Key(price),
    "payout_min": Key(price),
    "payout_max": Key(price),
    "payout_tier": Key(table_list(PayoutTier, TIER, _check_worth), into="payout_tiers"),
    "payout_rule": Key(table_list(PayoutRule, RULE, _check_worth), into="payout_rules"),
    "payout_hold_days": Key(v.whole(0, 120, "days")),
    "payout_least": Key(v.money(FREE, v.SUM_MOST)),
}


def check_payout(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note what does not go together in the terms of one publisher."""
    kind = fields.get("payout", "share")
    needed = NEEDED.get(kind)
    if needed and needed not in found:
        place.at(needed).note("nothing", f"{needed}: the payout is {kind}")
    for name, kinds in OWN.items():
        if name in found and kind not in kinds:
            right = f"{needed or 'payout_percent'} alone"
            place.at(name).note("a key of the other kind of payout", right)
    least, most = fields.get("payout_min"), fields.get("payout_max")
    if least is not None and most is not None and least > most:
        place.at("payout_min").note("more than payout_max", "at most payout_max")
    starts = [tier.get("talk_from_s") for tier, _ in tables(found, "payout_tier", place)]
    if len(set(starts)) < len(starts):
        place.at("payout_tier").note("two tiers from the same talk on", "each start once")
    rules = [rule.get("type") for rule, _ in tables(found, "payout_rule", place)]
    if rules and "base" not in rules:
        place.at("payout_rule").note("no base", "a rule of type base: a bonus comes beside one")
    if len(rules) > MOST_RULES:
        place.at("payout_rule").note(f"{len(rules)} rules", f"at most {MOST_RULES}")
