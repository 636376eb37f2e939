"""Who calls us is looked up where a campaign says so: listed is refused, and in doubt taken."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio

from auctiond.logs import Log
from auctiond.lookups.callers import CallerLookups
from auctiond.pg.errors import PgAway
from market.screening import ScreeningRules

CALLER, INDEX = "+12125550123", b"index of a number"


class Desk:
    """Says of each look-up what it is told to; of some it says nothing, or fails."""

    def __init__(self, **says):
        self.says, self.asked = says, []

    async def ask(self, number, index, names, bound):
        (name,) = names
        self.asked.append((number, name))
        match self.says[name]:
            case "silent":
                await trio.sleep_forever()
            case "away":
                raise PgAway
        return {name: self.says[name]}


def lookups(desk):
    return CallerLookups(desk, SimpleNamespace(current=None), Log("test"))


@pytest.mark.parametrize(
    ("says", "take", "refuse"),
    [
        ({"one": "clear", "two": "clear"}, "", ""),
        ({"one": "clear", "two": "listed"}, "listed_caller", "listed_caller"),
        ({"one": "unknown", "two": "clear"}, "", "unsure_caller"),
        ({"one": "silent", "two": "clear"}, "", "unsure_caller"),
        ({"one": "away", "two": "clear"}, "", "unsure_caller"),
        ({"one": "silent", "two": "listed"}, "listed_caller", "listed_caller"),
        ({"one": "away", "two": "listed"}, "listed_caller", "listed_caller"),
    ],
)
async def test_listed_is_refused_and_who_is_unsure_as_the_campaign_says(
    says, take, refuse, autojump_clock
):
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


async def test_an_answer_that_takes_too_long_is_none(autojump_clock):
    rules, began = ScreeningRules(lookups=("one",)), trio.current_time()
    assert await lookups(Desk(one="silent")).refusal(rules, CALLER, INDEX) == ""
    assert trio.current_time() - began == 1.0
