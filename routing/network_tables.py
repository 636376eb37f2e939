"""The tables of a network file: their keys, and what must hold inside each. Pure."""

from __future__ import annotations

from dataclasses import fields as fields_of
from functools import partial
from typing import Any

from market.money import UNIT, Micros
from market.network import (
    AskZip,
    Buyer,
    Campaign,
    Filter,
    Network,
    PingTarget,
    Publisher,
    Target,
    Tier,
    TrackingNumber,
    ValueList,
)
from market.notices import Webhook
from market.pricing import Odds
from market.rtb import RtbDoor
from market.schedule import Pause
from routing import network_pricing as pricing
from routing import network_values as v
from routing.flows.in_network import check_campaign
from routing.flows.reading import flow_table
from routing.network_callback import read_callback, read_lookups
from routing.network_days import PAUSE, check_pause, read_holidays
from routing.network_error import Place
from routing.network_filters import FILTER, check_filter
from routing.network_flows import price_change
from routing.network_health import read_health
from routing.network_hours import read_hours
from routing.network_limits import LIMITS, PINGS, ZONED
from routing.network_lists import LIST, check_list
from routing.network_notices import TOLD, WEBHOOK, check_told, check_webhook
from routing.network_payout import PAYOUT, check_payout
from routing.network_reading import Found, Key, list_of, table_list, table_of, tables, words
from routing.network_recording import read_recording, record_ask
from routing.network_repeat import buyer_repeat, campaign_repeat, pay_again
from routing.network_returns import read_returns
from routing.network_rtb import RTB, check_door
from routing.network_screening import read_screening
from routing.network_whisper import WHISPER

FREE = Micros(0)
CENT = Micros(UNIT // 100)
CAMPAIGN_DEFAULTS = {field.name: field.default for field in fields_of(Campaign)}


def _check_target(found: Found, fields: dict[str, Any], place: Place) -> None:
    if "ping" in found:
        if "post" in found:
            place.at("post").note("a key of static targets", "the ping's format posts the lead")
        if "fallback" in found:
            place.at("fallback").note("a key of static targets", "no such key beside ping")
    else:
        for name in ("price", "destination"):
            if name not in found:
                place.at(name).note("nothing", f"a {name}: a target without ping is static")
        if "price_max" in found and "modifier" not in found:
            right = "price alone, or modifiers whose prices it bounds"
            place.at("price_max").note("a key of targets with ping", right)
        for name in PINGS.keys() & found.keys():
            place.at(name).note("a key of targets with ping", "no such key: it is never pinged")


def _check_publisher(found: Found, fields: dict[str, Any], place: Place) -> None:
    check_told(found, fields, place)
    check_payout(found, fields, place)


def _check_campaign(found: Found, fields: dict[str, Any], place: Place) -> None:
    """A buyer that uses all the time it was told must still be in time."""
    check_campaign(found, place)
    told = fields.get("told_ms", CAMPAIGN_DEFAULTS["told_ms"])
    own = fields.get("deadline_ms", CAMPAIGN_DEFAULTS["deadline_ms"])
    if told >= own:
        place.at("told_ms").note(str(told), f"less than deadline_ms, which is {own}")
    for tier, at in tables(found, "tier", place):
        if isinstance(of_tier := tier.get("deadline_ms"), int) and of_tier <= told:
            right = f"more than the campaign's told_ms, which is {told}"
            at.at("deadline_ms").note(str(of_tier), right)


price = v.money(CENT, v.PRICE_MOST)
reserve = v.money(FREE, v.PRICE_MOST)
percent = v.whole(0, 100, "percent")
deadline = v.whole(50, 30_000, "milliseconds")  # Less is no round trip, more is no caller.
idents = list_of(v.ident, least=1)
RESERVES = {
    "reserve": Key(reserve),
    "reserve_step": Key(pricing.reserve_steps, into="reserve_steps"),
}
PING = {
    "format": Key(v.ident, needed=True),
    "url": Key(v.web_address),
    "settings": Key(words(v.text)),
    "secrets": Key(words(v.secret)),
}
TARGET = {
    "id": Key(v.ident, needed=True),
    "buyer": Key(v.ident, needed=True),
    "name": Key(v.text),
    "ping": Key(table_of(PingTarget, PING)),
    "post": Key(table_of(PingTarget, PING)),
    "price": Key(price),
    "price_max": Key(price),
    "destination": Key(v.destination),
    "billable_after_s": Key(v.seconds(0, 7200)),
    "fallback": Key(v.flag),
    "weight": Key(v.whole(1, 1000)),
    "filter": Key(table_list(Filter, FILTER, check_filter), into="filters"),
    "required": Key(list_of(v.filter_field)),
    "consent": Key(list_of(v.certificate, least=1)),
    "modifier": Key(pricing.modifiers, into="modifiers"),
    "margin_percent": Key(percent),
    "penalty": Key(reserve),
    "hours": Key(read_hours),
    "pause": Key(table_list(Pause, PAUSE, check_pause), into="pauses"),
    **LIMITS,
    **PINGS,
    "repeat": Key(buyer_repeat),
    "ring_s": Key(v.seconds(5, 120)),
    "paused": Key(v.flag),
    "price_change": Key(price_change),
    "health": Key(read_health),
    "secondary_of": Key(v.ident),
    "no_recording": Key(v.flag),
    "answers_in": Key(list_of(v.filter_value("state"), least=1)),
    **WHISPER,
}
BUYER = {
    "id": Key(v.ident, needed=True),
    "name": Key(v.text, needed=True),
    "credit": Key(v.money(FREE, v.SUM_MOST)),
    "margin_percent": Key(percent),
    "penalty": Key(reserve),
    "paused": Key(v.flag),
    **ZONED,
    **PINGS,
    "repeat": Key(buyer_repeat),
    **TOLD,
    "returns": Key(read_returns),
}
PUBLISHER = {
    "id": Key(v.ident, needed=True),
    "name": Key(v.text, needed=True),
    **PAYOUT,
    "margin_percent": Key(percent),
    "penalty": Key(reserve),
    **RESERVES,
    "modifier": Key(pricing.modifiers, into="modifiers"),
    "blocked_buyers": Key(idents),
    "blocked_targets": Key(idents),
    **ZONED,
    **PINGS,
    "pay_again_days": Key(pay_again),
    **TOLD,
}
TIER = {
    "targets": Key(idents, needed=True),
    "strategy": Key(v.choice("auction", "waterfall", "weighted", "round_robin")),
    **RESERVES,
    "deadline_ms": Key(deadline),
}
ASK_ZIP = {
    "prompt": Key(v.text),
    "again": Key(v.text),
    "timeout_s": Key(v.seconds(1, 60)),
    "tries": Key(v.whole(1, 5)),
    "required": Key(v.flag),
}
CAMPAIGN = {
    "id": Key(v.ident, needed=True),
    "name": Key(v.text, needed=True),
    "vertical": Key(v.ident, needed=True),
    "tier": Key(table_list(Tier, TIER), needed=True, into="tiers"),
    **RESERVES,
    "rank_by": Key(v.choice("price", "expected")),
    "odds": Key(table_of(Odds, pricing.ODDS)),
    "modifier": Key(pricing.modifiers, into="modifiers"),
    "deadline_ms": Key(deadline),
    "told_ms": Key(v.whole(1, 29_999, "milliseconds")),
    "flow": Key(v.ident),
    "greeting": Key(v.text),
    "ask_zip": Key(table_of(AskZip, ASK_ZIP)),
    "music_url": Key(v.music),
    "legs_max": Key(v.whole(1, 10)),
    "longest_s": Key(v.seconds(60, 14_400)),  # Carriers end a call after four hours.
    "fallback": Key(v.fallback),
    "sorry": Key(v.text),
    "anonymous_answers": Key(list_of(v.answer)),
    **ZONED,
    "repeat": Key(campaign_repeat),
    "price_change": Key(price_change),
    "resell_unknown_posts": Key(v.flag),
    "callback": Key(read_callback),
    "screening": Key(read_screening),
    "record": Key(v.flag),
    "record_ask": Key(record_ask),
}
NUMBER = {
    "number": Key(v.phone, needed=True),
    "campaign": Key(v.ident, needed=True),
    "publisher": Key(v.ident, needed=True),
    "signalling_only": Key(v.flag),
}
NETWORK = {
    "name": Key(v.text, needed=True),
    "currency": Key(v.currency),
    "blocked_callers": Key(list_of(v.blocked_caller, hide=True)),
    "dial_allowed": Key(list_of(v.blocked)),
    "same_caller_s": Key(v.seconds(0, 60)),
    "health": Key(read_health),
    "campaign": Key(table_list(Campaign, CAMPAIGN, _check_campaign), into="campaigns"),
    "publisher": Key(table_list(Publisher, PUBLISHER, _check_publisher), into="publishers"),
    "number": Key(table_list(TrackingNumber, NUMBER), into="numbers"),
    "buyer": Key(table_list(Buyer, BUYER, check_told), into="buyers"),
    "target": Key(table_list(Target, TARGET, _check_target), into="targets"),
    "rtb": Key(table_list(RtbDoor, RTB, check_door)),
    "list": Key(table_list(ValueList, LIST, check_list), into="lists"),
    "holidays": Key(list_of(read_holidays, least=1)),
    "lookup": Key(read_lookups, into="lookups"),
    "flow": Key(list_of(flow_table, least=1), into="flows"),
    "recording": Key(read_recording),
    "screening": Key(read_screening),
    "returns": Key(read_returns),
    "webhook": Key(table_list(Webhook, WEBHOOK, check_webhook), into="webhooks"),
}
EMPTY = partial(Network, campaigns=(), publishers=(), numbers=(), buyers=(), targets=())
read_network_table = table_of(EMPTY, NETWORK)
