"""A real server for the commands: web, wiring and database, in a thread with a trio of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import trio
from click.testing import CliRunner, Result
from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.calls.event_codec import to_data
from auctiond.cli import main
from auctiond.config import Settings
from auctiond.database import Where
from auctiond.listener import address_of, bind_listener
from auctiond.logs import Log
from auctiond.main import open_server
from auctiond.pg.calls import Calls, EventRow
from auctiond.pg.door import open_pg
from auctiond.pg.target_events import TargetEvent, TargetEvents
from auctiond.web.app import make_app
from market.bids import Bid, BuyerId, NoBid, TargetId
from market.call import (
    BidsClosed,
    Blocked,
    BuyerAnswered,
    BuyerJoined,
    CallerAnswered,
    Cleared,
    Event,
    Greeted,
    HoldMade,
    HoldRefused,
    HungUp,
    LegEnded,
    ZipEntered,
)
from market.ids import id_for, unix_ms
from market.money import Micros
from tests.commands.rtb_pings import put_pings
from tests.pg.stores import call_row

START_S = 60.0  # For a machine that has much else to do.
FACTS = (("zip", "30384"), ("state", "GA"))
NO_BID = NoBid(TargetId("north"), "timeout")


def bid(target: str, buyer: str, price: int, ms: float) -> Bid:
    """Return a bid that is ranked."""
    at = Micros(price)
    return Bid(TargetId(target), BuyerId(buyer), at, "+15550001", 3.0, effective=at, ms=ms)


HIGH, LOW = bid("east", "acme", 93_870_000, 12.7), bid("west", "zenith", 28_920_000, 17.04)


class LiveServer:
    """Where it is, and a runner of commands that find it through its settings."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self._up = threading.Event()
        self._stop = trio.Event()
        self._token: trio.lowlevel.TrioToken | None = None
        self._thread = threading.Thread(target=lambda: trio.run(self._serve), name="server")
        self.config = folder / "auctiond.toml"
        self.address = ""

    def run(self, *words: object, **env: str | None) -> Result:
        """Run a command of `auctiond` against this server."""
        clean = {"AUCTIOND_URL": None, "AUCTIOND_KEY": None, "COLUMNS": "100"}
        found = clean | {"AUCTIOND_CONFIG": str(self.config)} | env
        return CliRunner().invoke(main, [str(word) for word in words], env=found)

    def start(self) -> None:
        """Return when it answers."""
        self._thread.start()
        assert self._up.wait(START_S)
        assert self._thread.is_alive(), "it did not start; its error is above"
        text = f'listen = "{self.address}"\ndata_dir = "{self._folder}"\n'
        text += f'proof_dir = "{self._folder / "proof"}"\n'
        self.config.write_text(text)

    def stop(self) -> None:
        """Return when it is gone."""
        assert self._token is not None
        self._token.run_sync_soon(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        places = {"data_dir": self._folder, "proof_dir": self._folder / "proof"}
        settings = replace(Settings(), **places, drain_s=0.0)
        try:
            with bind_listener("127.0.0.1:0") as bound:
                self.address = address_of(bound)
                await put_calls(self._url)
                await put_pings(self._url)
                async with open_server(settings, Where(self._url, None), Log("test")) as server:
                    config = Config()
                    bound.listen()
                    config.bind = [f"fd://{bound.detach()}"]
                    config.graceful_timeout, config.errorlog = 0.5, None
                    self._up.set()
                    await serve(
                        make_app(server.doors),
                        config,
                        shutdown_trigger=self._stop.wait,
                        mode="asgi",
                    )
        finally:
            self._up.set()


async def put_calls(url: str) -> None:
    """Store two calls that are over: a sale at the second try, and one that was refused."""
    sold, refused = call_row(1), call_row(2)
    start = unix_ms(sold.id)
    known = {"campaign": "solar", "publisher": "pub"}
    life: Sequence[Event] = (
        Cleared(start + 17, network=1, zip_tries=2, facts=FACTS[1:], **known),
        CallerAnswered(start + 33),
        Greeted(start + 664),
        ZipEntered(start + 1836, facts=FACTS),
        BidsClosed(
            start + 1980, ranked=(HIGH, LOW), others=(NO_BID,), took_ms=17.41, deadline_ms=400
        ),
        HoldRefused(start + 1983, leg=1, reason="hold_refused:balance"),
        HoldMade(start + 2000, leg=2),
        BuyerAnswered(start + 2610, leg=2),
        BuyerJoined(start + 2628, leg=2),
        HungUp(start + 6628),
        LegEnded(start + 6628, leg=2, caller_left=True),
    )
    ended = {
        "disposition": "sold",
        "state": "ended",
        "blocked": "",
        "facts": dict(FACTS),
        "legs": 2,
    }
    won = {"buyer": "zenith", "target": "west", "price_micros": LOW.price, "talk_ms": 4000}
    none = {"buyer": None, "target": None, "price_micros": None, "talk_ms": 0, "legs": 0}
    blocked = {"disposition": "blocked", "blocked": "spam", "facts": {}}
    rows = [
        EventRow(sold.id, seq, type(event).__name__, event.at_ms, to_data(event))
        for seq, event in enumerate(life)
    ]
    rows.append(EventRow(sold.id, len(rows), "ended", start + 6656, ended | won | {"network": 1}))
    rows.append(EventRow(refused.id, 0, "Blocked", start, to_data(Blocked(start, reason="spam"))))
    rows.append(EventRow(refused.id, 1, "ended", start, ended | none | blocked | {"network": 1}))
    async with open_pg(url) as pg, trio.open_nursery() as nursery:
        calls = Calls(pg)
        nursery.start_soon(calls.run)
        for row in (sold, refused):
            await calls.open_call(replace(row, person_id=None))
        await calls.append_events(rows)
        pause_id = id_for(sold.id, "pause")  # From an earlier run, until somebody resumes it.
        await TargetEvents(pg).add(TargetEvent(pause_id, "west", "paused", start))
        nursery.cancel_scope.cancel()


@contextmanager
def live_server(folder: Path, url: str) -> Iterator[LiveServer]:
    """Serve while the block lasts."""
    server = LiveServer(folder, url)
    server.start()
    try:
        yield server
    finally:
        server.stop()
