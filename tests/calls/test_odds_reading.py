"""The odds are read at the start and every hour, and stay as they are while nothing can be read."""

import trio

from auctiond.calls.odds import OddsBook
from auctiond.jobs.odds_reading import EVERY_S, KEPT_MS, OddsReading
from auctiond.logs import Log
from auctiond.pg.errors import PgAway
from market.network import Campaign
from market.pricing import Odds
from routing.odds import Counts, LegCounts
from tests.calls.kit import START_MS, now_ms

CAMPAIGN = Campaign("calls", "Calls", "auto", (), rank_by="expected", odds=Odds(20, 0))


async def test_what_is_read_takes_the_place_of_what_was_counted(autojump_clock, nursery):
    asked, book = [], OddsBook()
    answers = [[LegCounts("calls", "a", Counts(100, 90, 80))], None, []]

    async def read(since_ms):
        asked.append(since_ms)
        answer = answers.pop(0)
        if answer is None:
            raise PgAway("away")
        return answer

    def chance():
        return dict(book.chances(CAMPAIGN, ["a"], b""))["a"]

    reading = OddsReading(read, book, now_ms, Log("test"))
    fresh = chance()
    await reading.once()
    known = chance()
    assert known > fresh
    nursery.start_soon(reading.run)
    await trio.sleep(EVERY_S + 1)
    assert chance() == known
    await trio.sleep(EVERY_S)
    assert chance() == fresh
    assert asked[0] == START_MS - KEPT_MS
    assert len(asked) == 3
