"""The parts that call people back, built on the same base; main.py puts them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from actors.call_desk import CallDesk
from auctiond.callback_law import law_of
from auctiond.callbacks.deciding import Decider
from auctiond.callbacks.desk import CallbackDesk
from auctiond.callbacks.dialler import Dialler
from auctiond.callbacks.judging import Judge
from auctiond.callbacks.ringing import Ringer
from auctiond.callbacks.screening import CallbackScreening
from auctiond.callbacks.starter import CallStarter
from auctiond.calls.call_work import CallbackWork
from auctiond.calls.intake import Intake
from auctiond.calls.phone import Phone
from auctiond.calls.records import Records
from auctiond.calls.switchboard import Switchboard
from auctiond.carriers import outbound
from auctiond.lookups.desk import LookupDesk
from auctiond.parts.base import Base, now_ms
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.callbacks import CallbackBook
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.people import People
from auctiond.pg.suppressions import LookupCache, Suppressions
from auctiond.web.auth import Gate
from auctiond.web.callbacks import CallbacksApi
from market.ids import id_for
from market.phone import CarrierError, CarrierEvent, Hangup, LegGone


@dataclass(frozen=True, slots=True)
class Callbacks:
    """All that callbacks are made of."""

    base: Base
    book: CallbackBook
    judge: Judge
    starter: CallStarter
    desk: CallbackDesk
    dialler: Dialler

    def work(self, intake: Intake, phone: Phone) -> CallbackWork:
        """Return what the calls of callbacks do that others do not."""
        base = self.base
        screening = CallbackScreening(
            self.book,
            self.judge,
            base.networks,
            base.calls,
            base.leads,
            intake,
            base.call_log,
            base.log,
            now_ms,
        )
        return CallbackWork(screening, Ringer(phone, self.learn_session))

    def listening(self, switchboard: Switchboard) -> Switchboard:
        """Return the switchboard, which also tells of what we began and of legs nobody leads."""
        return replace(switchboard, stray=self.end_stray, learn_session=self.learn_session)

    def api(self) -> CallbacksApi:
        """Return the API of callbacks."""
        base, gate = self.base, Gate(ApiKeys(self.base.pg))
        return CallbacksApi(
            gate,
            self.desk,
            self.book,
            self.judge.suppressions,
            base.vault,
            base.metrics,
            now_ms,
            self.starter.hush,
        )

    def learn_session(self, call_id: UUID, call_ref: str) -> None:
        """Note by what handle the carrier knows a phone call that we began. Never waits."""
        if self.base.leads.learn_session(call_id, call_ref):
            carrier = self.base.leads.get(call_id).carrier
            self.base.shelter.start("session", partial(self._note, carrier, call_id, call_ref))

    async def _note(self, carrier: str, call_id: UUID, call_ref: str) -> None:
        try:
            await self.book.learn_session(carrier, call_ref, call_id)
        except (PgAway, PgError) as error:  # Then its news is found among the unclaimed.
            self.base.log.error("session.not_stored", error, call=call_id)

    def end_stray(self, news: CarrierEvent) -> None:
        """End a leg that nobody leads: its call was over when it answered. Never waits."""
        if news.call_id is not None:
            command = Hangup(news.call_id, news.ref, id_for(news.call_id, f"stray:{news.ref}"))
            self.base.shelter.start("stray", partial(self._end, news.carrier, command))

    async def _end(self, carrier: str, command: Hangup) -> None:
        try:
            await self.base.carriers.of(carrier).send(command)
        except (LegGone, CarrierError):
            return
        self.base.log.info("leg.stray_ended", call=command.call_id)


def make_callbacks(base: Base, calls: Callable[[], CallDesk]) -> Callbacks:
    """Return the parts. `calls` gives the desk of live calls, which is built later."""
    book, suppressions = CallbackBook(base.pg), Suppressions(base.pg)
    judge = Judge(book, suppressions, law_of(base.settings.calling_hours_file), now_ms)
    starter = CallStarter(base.leads, base.call_log, calls, now_ms, outbound(base.settings))
    decider = Decider(
        book,
        judge,
        LookupDesk(base.lookups, LookupCache(base.pg), base.metrics, base.log, now_ms),
        base.networks,
        People(base.pg),
        base.vault,
        starter,
        base.metrics,
        base.log,
        now_ms,
    )
    dialler = Dialler(book, Records(base.calls), calls, decider, base.metrics, base.log, now_ms)
    desk = CallbackDesk(
        book, judge, base.networks, base.vault, base.metrics, base.log, now_ms, dialler.wake
    )
    return Callbacks(base, book, judge, starter, desk, dialler)
