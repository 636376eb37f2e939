"""Who calls us is looked up where a campaign says so: listed is refused, and in doubt taken."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio

from auctiond.lookups.callers import CallerLookups
from market.screening import ScreeningRules

CALLER, INDEX = "+12125550123", b"index of a number"


class Desk:
    """Says of each look-up what it is told to, and notes by when that is wanted."""

    def __init__(self, **says):
        self.says, self.asked = says, []

    async def ask(self, number, index, names, bound, deadline):
        self.asked.append((number, names, deadline))
        return {name: self.says[name] for name in names}


def lookups(desk):
    return CallerLookups(desk, SimpleNamespace(current=None))


@pytest.mark.parametrize(
    ("says", "take", "refuse"),
    [
        ({"one": "clear", "two": "clear"}, "", ""),
        ({"one": "clear", "two": "listed"}, "listed_caller", "listed_caller"),
        ({"one": "unknown", "two": "clear"}, "", "unsure_caller"),
        ({"one": "unknown", "two": "listed"}, "listed_caller", "listed_caller"),
    ],
)
async def test_listed_is_refused_and_who_is_unsure_as_the_campaign_says(says, take, refuse):
    for unlisted, reason in (("take", take), ("refuse", refuse)):
        rules = ScreeningRules(lookups=("one", "two"), unlisted=unlisted)
        assert await lookups(Desk(**says)).refusal(rules, CALLER, INDEX) == reason


async def test_nobody_is_looked_up_unless_a_campaign_says_so_nor_without_a_number():
    desk = Desk(one="listed")
    assert await lookups(desk).refusal(ScreeningRules(), CALLER, INDEX) == ""
    for unlisted, reason in (("take", ""), ("refuse", "unsure_caller")):
        rules = ScreeningRules(lookups=("one",), unlisted=unlisted)
        assert await lookups(desk).refusal(rules, "", None) == reason
    assert desk.asked == []


async def test_all_are_asked_at_once_and_have_a_second(autojump_clock):
    desk, rules = Desk(one="clear", two="clear"), ScreeningRules(lookups=("one", "two"))
    assert await lookups(desk).refusal(rules, CALLER, INDEX) == ""
    assert desk.asked == [(CALLER, ("one", "two"), trio.current_time() + 1.0)]
