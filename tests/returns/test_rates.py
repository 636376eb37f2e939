"""A target too many of whose sales come back gets no more calls, until somebody resumes it."""

from actors.shelter import open_shelter
from auctiond.calls.pauses import Pauses
from auctiond.metrics import Metrics
from auctiond.notices.notices import Notices
from auctiond.pg.calls import EventRow
from auctiond.pg.notices import NoticeBook
from auctiond.pg.target_events import TargetEvents
from auctiond.returns.desk import Decision
from auctiond.returns.rates import ReturnRates
from market.health import Health, HealthRules
from market.network import Target
from tests.returns.stand import stand

RULES = HealthRules(returns_percent=40, returns_sales=3)
WEST = Target("west", "acme", health=Health(returns_percent=40, returns_sales=3))


async def sell(here, n):
    call = await here.sale(n)
    leg = {"leg": 1, "target": "west", "answered": True, "sold": True}
    await here.calls.append_events([EventRow(call, 90, "leg", here.clock[0], leg)])
    return call


async def test_too_many_returns_stop_a_target_and_it_is_told_once(pg_url):
    async with stand(pg_url, funds=1000) as here:
        log, clock = here.desk.log, here.clock
        async with open_shelter(drain_s=5) as shelter:
            store = TargetEvents(here.pg)
            pauses = Pauses(store, shelter, Metrics(), log, lambda: clock[0])
            notices = Notices(NoticeBook(here.pg), lambda: None)
            book = here.desk.networks
            book.current.snapshot.targets = {"west": WEST}
            rates = ReturnRates(here.desk.store, pauses, book, notices, log, lambda: clock[0])
            calls = [await sell(here, n) for n in range(1, 5)]
            await rates.once()
            assert not pauses.may_matter
            for n in (0, 1):
                asked = await here.ask(calls[n], n=n)
                await here.desk.approve(asked.id, Decision("boss"))
                await rates.once()
                assert rates.of("west") == (4, n + 1)
                stopped = pauses.why("west", clock[0], RULES)
                assert stopped == ("auto_paused:returns" if n else "")
            await rates.once()
            assert [kind for kind, _ in await here.told()].count("target.stopped") == 1
            clock[0] += 1000
            assert pauses.resume(["west", "east"], "boss") == ["west"]
            assert pauses.why("west", clock[0], RULES) == ""
        clock[0] += 1000  # Now it is on record that it was resumed.
        await rates.once()
        assert rates.of("west") == (0, 0)
