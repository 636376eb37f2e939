"""Carriers' webhooks: genuine, stored, told to the call, answered. In this order.

The row in the inbox comes before the 2xx, so nothing that was acknowledged can be lost. News that
moves nothing (half of Telnyx': each key that is pressed, each sound that begins) leaves no row.
While the database is away the call is told all the same, and the carrier, which hears 503,
will bring the news again. Before the calls of the last run are back nothing is taken: what
was stored then, behind the back of a call that has read its inbox, would never be told. A carrier
of documents is kept waiting for that, as it has no other use for a 503 than to end the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import inf
from typing import Any

import trio

from auctiond.calls.switchboard import Switchboard
from auctiond.carriers import Carriers
from auctiond.jobs.admission import Admission
from auctiond.jobs.under_way import UnderWay
from auctiond.keys.vault import Vault
from auctiond.metrics import Metrics
from auctiond.pg.errors import PgAway
from auctiond.pg.group import QueueFull
from auctiond.pg.inbox import Inbox, InboxRow
from auctiond.workers.dispatch import Dispatch, PlaceNew, Verdict
from auctiond.workers.fleet import Fleet
from auctiond.workers.peer_door import Answer
from market.phone import Arrived, CarrierEvent, Other
from telephony._carrier import Carrier, DocumentCarrier, Webhook
from telephony._neutral import MalformedWebhook

OPENING_S = 8.0  # jambonz waits ten for a document, Twilio fifteen.
OPENING_POLL_S = 0.05
SHED = Verdict(503, "shed", "Overloaded: no new calls at present.")
INBOX_S = 1.0  # Carriers wait a few seconds; a database that needs longer counts as away.


@dataclass(frozen=True, slots=True)
class Hooks:
    carriers: Carriers
    inbox: Inbox
    vault: Vault
    switchboard: Switchboard
    metrics: Metrics
    now_ms: Callable[[], int]
    is_open: Callable[[], bool]  # False until the calls of the last run are back.
    fleet: Fleet = field(default_factory=Fleet)
    place_new: PlaceNew | None = None  # Which worker takes a new call.
    admission: Admission = field(default_factory=partial(Admission, inf))  # Of new calls.
    storing: UnderWay = field(default_factory=UnderWay)

    async def receive(
        self, name: str, body: bytes, headers: Mapping[str, str], query: str = ""
    ) -> Verdict:
        """Return the answer to a webhook of carrier `name`; its call has then heard it."""
        carrier = self.carriers.files.get(name)
        if carrier is None:
            return Verdict(404, "no_carrier", "No carrier of that name is set up here.")
        webhook = Webhook(body, headers, query, self.now_ms())
        if self._is_too_much(carrier, webhook):
            return self.shed(name)
        if not carrier.is_genuine(webhook):
            return self._refuse(
                name, 403, "forged", f"The signature is not {carrier.TITLE}'s, or too old."
            )
        try:
            news = carrier.read_webhook(webhook)
        except MalformedWebhook as error:
            return self._refuse(name, 400, "malformed", f"{error.field}: expected {error.expected}")
        if not await self._is_opened(name):
            return self._refuse(
                name, 503, "not_open", "The calls of the last run are not back yet."
            )
        if self._moves_nothing(name, news):
            self.metrics.webhooks(name, "moves_nothing").inc()
            self._deliver(news)  # It may be the first that is heard of a leg.
            return Verdict(200, "ok")
        if self.place_new is None or self.knows(news[0]):
            return await self.take(name, webhook, news)
        return await Dispatch(self.fleet, self, self.place_new).give(name, webhook, news)

    async def _is_opened(self, name: str) -> bool:
        """Tell whether the calls of the last run are back. Where a 503 ends a call, wait for it."""
        if name in self.carriers.documents:
            with trio.move_on_after(OPENING_S):
                while not self.is_open():  # noqa: ASYNC110
                    await trio.sleep(OPENING_POLL_S)
        return self.is_open()

    def _moves_nothing(self, name: str, news: Sequence[CarrierEvent]) -> bool:
        """Tell whether no call could miss it. Who wants a document in answer is always heard."""
        return name not in self.carriers.documents and all(isinstance(one, Other) for one in news)

    def knows(self, news: CarrierEvent) -> bool:
        """Tell whether the call of `news` is led here, or was."""
        if (news.carrier, news.call_ref) in self.switchboard.recent:
            return True
        return self.switchboard.find(news) is not None

    def has_room(self) -> bool:
        """Tell whether this door need not refuse new calls.

        Where they are placed on several workers, the one that would lead a call says so (`take`).
        """
        return self.place_new is not None or self.admission.has_room()

    def begins(self, name: str, body: bytes) -> bool:
        """Tell whether it is plain at a glance that this begins a call, which we do not know."""
        carrier = self.carriers.files.get(name)
        if carrier is None or carrier.BEGINS is None:
            return False
        found = carrier.BEGINS.search(body)
        return found is not None and not self.switchboard.has(name, found[1].decode("latin-1"))

    def shed(self, name: str) -> Verdict:
        """Refuse a new call."""
        self.admission.refuse()
        return self._refuse(name, SHED.status, SHED.title, SHED.detail)

    def _is_too_much(self, carrier: Carrier, webhook: Webhook) -> bool:
        """Tell whether it begins a call, and one too many.

        Before the signature is checked, which is most of what a refusal costs: whoever sent this
        is told to come again, and that is all that comes of it.
        """
        if self.has_room():
            return False
        try:
            return self._is_new(carrier.read_webhook(webhook)[0])
        except MalformedWebhook:
            return False

    def _is_new(self, news: CarrierEvent) -> bool:
        return isinstance(news, Arrived) and not self.knows(news)

    async def hear(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        """Answer another worker, which has accepted a webhook."""
        assert self.place_new is not None
        return await Dispatch(self.fleet, self, self.place_new).hear(meta, body)

    def read(self, name: str, webhook: Webhook) -> Sequence[CarrierEvent]:
        """Read a genuine webhook."""
        return self.carriers.files[name].read_webhook(webhook)

    async def take(self, name: str, webhook: Webhook, news: Sequence[CarrierEvent]) -> Verdict:
        """Store a genuine webhook, and tell its call.

        A new call for which there is no time is refused: begun all the same, it would take from
        what is under way, and end badly itself. The calls we have are heard in any case.
        """
        if self._is_new(news[0]):
            if self.place_new is not None and not self.admission.has_room():
                return self.shed(name)
            self.admission.begin()
        plays = self.carriers.documents.get(name)  # What it is answered, if it wants documents.
        try:
            new = await self._put(name, webhook, news[0])
        except (PgAway, QueueFull, trio.TooSlowError):
            self._deliver(news)
            refused = self._refuse(name, 503, "not_stored", "The news was heard, but not stored.")
            if plays is None:
                return refused
        else:
            self.metrics.webhooks(name, "new" if new else "duplicate").inc()
            if new:
                self._deliver(news)
        return Verdict(200, "ok") if plays is None else await self._document(plays, webhook, news)

    async def _document(
        self, carrier: DocumentCarrier, webhook: Webhook, news: Sequence[CarrierEvent]
    ) -> Verdict:
        """Return the answer of a carrier that plays it: without one, the call would be over.

        So it is given even where the news could not be stored.
        """
        if self.switchboard.find(news[0]) is not None:
            body = await self.carriers.of(carrier.NAME).answer(webhook, news)
        elif carrier.read_ask(webhook) is None:
            body = carrier.write_reply(webhook)
        else:  # Nobody leads this leg any more, so it would never end.
            body = carrier.write_end()
        return Verdict(200, "ok", body=body, content_type=carrier.CONTENT_TYPE)

    async def _put(self, name: str, webhook: Webhook, first: CarrierEvent) -> bool:
        """Store a webhook; tell whether it is new. Raises PgAway, QueueFull, TooSlowError."""
        sealed = self.vault.seal_blob(name, first.event_id, webhook.kept())
        at = datetime.fromtimestamp(webhook.received_ms / 1000, UTC)
        # Shielded: who hangs up now must not take the news along that is half stored.
        with self.storing.one(), trio.fail_after(INBOX_S, shield=True):
            return await self.inbox.put(InboxRow(name, first.event_id, first.call_ref, sealed, at))

    def _deliver(self, news: Sequence[CarrierEvent]) -> None:
        for one in news:
            self.switchboard.deliver(one)

    def _refuse(self, name: str, status: int, result: str, detail: str) -> Verdict:
        self.metrics.webhooks(name, result).inc()
        return Verdict(status, result, detail)
