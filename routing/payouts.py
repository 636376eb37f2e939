"""What a publisher is paid for a sale, by its terms. Pure: the same log, the same payout."""

from __future__ import annotations

from market.money import Micros
from market.network import Publisher
from market.payout import Payout, PayoutRule, bounded, unpaid, value_of
from routing.payout_conditions import Sale, repeat_days
from routing.payout_text import read_payout_condition


def payout_of(publisher: Publisher, price: Micros, sale: Sale) -> Payout:
    """Return what `publisher` gets of `price` for `sale`, and why not more."""
    least, most = publisher.payout_min, publisher.payout_max
    match publisher.payout:
        case "fixed":
            return bounded([("fixed", publisher.payout_amount)], price, None, None)
        case "share":
            part = value_of(price, None, publisher.payout_percent)
            return bounded([("share", part)], price, least, most)
        case "tiered":
            return _tiered(publisher, price, sale)
    return _by_rules(publisher, price, sale)


def repeat_days_of(publisher: Publisher) -> int:
    """Return how many days of a caller's calls the rules of `publisher` look back."""
    if publisher.payout != "rules":
        return 0
    asked = [read_payout_condition(rule.condition) for rule in _asking(publisher)]
    return max(map(repeat_days, asked), default=0)


def _asking(publisher: Publisher) -> list[PayoutRule]:
    return [rule for rule in publisher.payout_rules if rule.condition]


def _tiered(publisher: Publisher, price: Micros, sale: Sale) -> Payout:
    if sale.talk_ms is None:
        return unpaid("talk_unknown")
    reached = [tier for tier in publisher.payout_tiers if tier.talk_from_s * 1000 <= sale.talk_ms]
    if not reached:
        return unpaid("no_tier")
    tier = max(reached, key=lambda one: one.talk_from_s)
    part = (f"tier:{tier.talk_from_s:g}s", value_of(price, tier.amount, tier.percent))
    return bounded([part], price, publisher.payout_min, publisher.payout_max)


def _by_rules(publisher: Publisher, price: Micros, sale: Sale) -> Payout:
    """The first base that holds, and every bonus that holds; without a base, no bonus."""
    base = next((rule for rule in _of(publisher, "base") if _holds(rule, publisher, sale)), None)
    if base is None:
        return unpaid("no_base")
    paid = [base, *(rule for rule in _of(publisher, "bonus") if _holds(rule, publisher, sale))]
    parts = [(_name(rule, publisher), value_of(price, rule.amount, rule.percent)) for rule in paid]
    return bounded(parts, price, publisher.payout_min, publisher.payout_max)


def _of(publisher: Publisher, kind: str) -> list[PayoutRule]:
    return [rule for rule in publisher.payout_rules if rule.type == kind]


def _holds(rule: PayoutRule, publisher: Publisher, sale: Sale) -> bool:
    if not rule.condition:
        return True
    return read_payout_condition(rule.condition).holds(sale, publisher.zone) is True


def _name(rule: PayoutRule, publisher: Publisher) -> str:
    """Return the rule's name, or its place among all: "bonus:2"."""
    return f"{rule.type}:{rule.name or publisher.payout_rules.index(rule) + 1}"
