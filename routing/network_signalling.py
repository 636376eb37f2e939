"""What a signalling edge cannot do for a call is asked of none that comes over it. Pure."""

from __future__ import annotations

from routing.network_error import Place
from routing.network_reading import Found, tables
from routing.network_rule_checks import texts_in
from routing.network_whisper import WHISPER


def check_signalling(document: Found, place: Place) -> None:
    """Note targets with a whisper, a key or a check for machines that such a call may come to."""
    number_of = {
        campaign: str(one.get("number"))
        for one, _ in tables(document, "number", place)
        if one.get("signalling_only") is True and isinstance(campaign := one.get("campaign"), str)
    }
    campaign_of = {
        target: campaign
        for one, at in tables(document, "campaign", place)
        if isinstance(campaign := one.get("id"), str) and campaign in number_of
        for tier, _ in tables(one, "tier", at)
        for target in texts_in(tier, "targets")
    }
    for target, at in tables(document, "target", place):
        if not isinstance(id_ := target.get("id"), str) or id_ not in campaign_of:
            continue
        campaign = campaign_of[id_]
        for key in WHISPER:
            if target.get(key) not in (None, False):
                at.at(key).note(
                    f'it, while calls of campaign "{campaign}" come in at {number_of[campaign]}',
                    "none of it: that number is signalling_only, so nobody speaks to a buyer",
                )
