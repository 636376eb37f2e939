"""docs/network.md says every key of the network file, and no other."""

import re
from pathlib import Path

import pytest

from routing import (
    network_callback,
    network_flows,
    network_health,
    network_notices,
    network_payout,
    network_recording,
    network_returns,
    network_screening,
)
from routing import network_limits as limits
from routing import network_pricing as pricing
from routing import network_repeat as repeat
from routing import network_tables as tables
from routing.condition_text import read_condition
from routing.condition_writing import condition_text
from routing.network_days import HOLIDAYS, PAUSE
from routing.network_filters import FILTER
from routing.network_lists import LIST
from routing.network_rtb import RTB

TEXT = (Path(__file__).parents[2] / "docs" / "network.md").read_text("utf-8")
SECTIONS = {
    "Top of the file": tables.NETWORK,
    "`[[campaign]]`": tables.CAMPAIGN,
    "`[[campaign.tier]]`": tables.TIER,
    "`[campaign.ask_zip]`": tables.ASK_ZIP,
    "`[campaign.price_change]`": network_flows.PRICE_CHANGE,
    "`[[publisher]]`": tables.PUBLISHER,
    "`[[number]]`": tables.NUMBER,
    "`[[buyer]]`": tables.BUYER,
    "`[[target]]`": tables.TARGET,
    "`[target.ping]`": tables.PING,
    "`[[target.filter]]`": FILTER,
    "`[[list]]`": LIST,
    "`[[modifier]]`": pricing.MODIFIER,
    "`[[reserve_step]]`": pricing.RESERVE_STEP,
    "`[campaign.odds]`": pricing.ODDS,
    "`[[holidays]]`": HOLIDAYS,
    "`[[target.pause]]`": PAUSE,
    "`[[target.cap]]`": limits.CAP,
    "`[campaign.repeat]`": repeat.CAMPAIGN_REPEAT,
    "`[target.repeat]` and `[buyer.repeat]`": repeat.BUYER_REPEAT,
    "`[health]` and `[target.health]`": network_health.HEALTH,
    "`[[rtb]]`": RTB,
    "`[[publisher.payout_tier]]`": network_payout.TIER,
    "`[[publisher.payout_rule]]`": network_payout.RULE,
    "`[returns]` and `[buyer.returns]`": network_returns.RETURNS,
    "`[[returns.rule]]`": network_returns.RULE,
    "`[[webhook]]`": network_notices.WEBHOOK,
    "`[campaign.callback]`": network_callback.CALLBACK,
    "`[[lookup]]`": network_callback.LOOKUP,
    "`[recording]`": network_recording.RECORDING,
    "`[screening]`": network_screening.SCREENING,
}


def keys_of(title):
    """Return what stands in backquotes in the first column of the section's table."""
    (section,) = (
        part
        for part in re.split(r"^##+ ", TEXT, flags=re.M)
        if part.partition(":")[0].partition("\n")[0] == title
    )
    rows = re.findall(r"^\| (`.*?) \|", section, flags=re.M)
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_explained_and_nothing_else(title):
    assert keys_of(title) == set(SECTIONS[title])


def test_every_condition_that_is_shown_can_be_read():
    table = TEXT.partition("| written | true where |")[2].partition("\n\n")[0]
    shown = re.findall(r"`(.*?)`", " ".join(row.split("|")[1] for row in table.splitlines()[2:]))
    assert len(shown) > 12
    for text in [*shown, *re.findall(r'condition = "(.*?)"', TEXT)]:
        assert read_condition(condition_text(read_condition(text))) == read_condition(text)
