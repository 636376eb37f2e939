"""The parts that record calls and keep recordings; main.py puts them together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable
from uuid import UUID

from auctiond.calls.call_work import CallWork
from auctiond.calls.news import News
from auctiond.calls.switchboard import Switchboard
from auctiond.carriers import Carriers, set_up
from auctiond.config import Settings
from auctiond.net.addresses import Network
from auctiond.parts.base import Base, now_ms
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.people import People
from auctiond.pg.recordings import RecordingBook
from auctiond.recording.consent import Consents
from auctiond.recording.fetching import Fetcher
from auctiond.recording.heard import HeardBefore
from auctiond.recording.keeper import Keeper
from auctiond.recording.listening import Listening
from auctiond.recording.recorder import CallRecorder
from auctiond.recording.s3_store import S3Place, S3Store
from auctiond.recording.store import FOLDER_MODE, FolderStore, Store
from auctiond.recording_law import recording_law_of
from auctiond.web.auth import Gate
from auctiond.web.recordings import RecordingsApi
from market.call import Call
from market.http import HttpRequest
from market.phone import RecordingSaved

LEFT_S = 3600.0  # No fetch takes so long.


@runtime_checkable
class Fetches(Protocol):
    """A carrier whose files need more than their address."""

    def write_fetch(self, url: str) -> HttpRequest: ...


@dataclass(frozen=True, slots=True)
class Recordings:
    """All that recordings are made of."""

    recorder: CallRecorder
    keeper: Keeper
    listening: Listening
    base: Base

    def following(self, work: CallWork) -> CallWork:
        """Return the work of calls, which also has talks recorded."""
        return replace(work, follow=self.recorder.follow)

    def listening_too(self, switchboard: Switchboard) -> Switchboard:
        """Return the switchboard, which also tells of recordings."""
        return replace(switchboard, recordings=self.keeper.tell)

    def api(self) -> RecordingsApi:
        """Return the API of recordings."""
        gate, settings = Gate(ApiKeys(self.base.pg)), self.base.settings
        book = self.keeper.book
        return RecordingsApi(gate, book, self.keeper, self.listening, settings.reached_at)


def make_recordings(base: Base, live: Callable[[UUID], Call | None]) -> Recordings:
    """Return the parts. `live` finds a live call, and is there later."""
    settings, book, people = base.settings, RecordingBook(base.pg), People(base.pg)
    law = recording_law_of(settings.recording_law_file)
    recorder = CallRecorder(
        book,
        Consents(law, base.networks, base.leads, now_ms),
        base.carriers,
        base.leads,
        base.call_log,
        base.shelter,
        base.log,
        now_ms,
        live,
        run=str(now_ms()),
    )
    stores = stores_of(settings)
    spool = settings.recordings_path / "incoming"
    clear(spool)
    keeper = Keeper(
        book,
        stores[-1],
        {store.name: store for store in stores},
        Fetcher(base.media, people, base.vault, spool, lambda news: ask(base.carriers, news)),
        HeardBefore(News(base.inbox, base.vault, base.log), base.calls, base.leads),
        lambda: keep_days(base),
        base.shelter,
        base.metrics,
        base.log,
        now_ms,
    )
    listening = Listening(book, keeper.stores, people, base.vault, now_ms)
    return Recordings(recorder, keeper, listening, base)


def stores_of(settings: Settings) -> list[Store]:
    """Return the stores that can be read; the last one is written to."""
    stores: list[Store] = [FolderStore(settings.recordings_path)]
    if settings.recordings_s3_bucket:
        place = S3Place(
            settings.recordings_s3_bucket,
            settings.recordings_s3_prefix,
            settings.recordings_s3_endpoint,
            settings.recordings_s3_region,
            settings.recordings_s3_key_id,
            settings.recordings_s3_key,
        )
        stores.append(S3Store(place))
    return stores


def clear(spool: Path) -> None:
    """Make the folder for files that are being fetched; delete what a stop cut off long ago."""
    spool.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    for left in spool.glob("*.part"):
        if time.time() - left.stat().st_mtime > LEFT_S:  # Another worker may be at a younger one.
            left.unlink(missing_ok=True)


def ask(carriers: Carriers, news: RecordingSaved) -> HttpRequest:
    """Return the request that fetches a recording from its carrier."""
    carrier = carriers.files.get(news.carrier)
    if isinstance(carrier, Fetches):
        return carrier.write_fetch(news.url)
    return HttpRequest("GET", news.url, (), b"")


def media_places(settings: Settings) -> tuple[tuple[Network, ...], list[str]]:
    """Return in which private networks files may be fetched, and where the carriers' APIs are."""
    keys = (f"{name}_api_url" for name in set_up(settings))
    urls = [str(settings.carriers[key]) for key in keys if key in settings.carriers]
    return settings.ping_allowed_networks, urls


def keep_days(base: Base) -> int | None:
    """Return for how many days recordings are kept, if the network in force says so."""
    edition = base.networks.current
    terms = edition.snapshot.network.recording if edition is not None else None
    return terms.keep_days if terms is not None else None
